package e2e

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// secretText is in the bootstrap data of every machine.
const secretText = "top-secret-4711"

// secretWords must not appear in any log or object. They are parts of tokens,
// of keys and of bootstrap data.
var secretWords = append([]string{"eyJ", "PRIVATE KEY", "correct-horse"},
	formsOf(secretText)...)

// formsOf returns a word, and what base64 makes of it wherever it stands in a
// text.
func formsOf(word string) []string {
	forms := []string{word}
	for before := range 3 {
		text := strings.Repeat(" ", before) + word
		encoded := base64.StdEncoding.EncodeToString([]byte(text))
		// The first and the last character may be its neighbours', too.
		forms = append(forms, encoded[(8*before+5)/6:8*len(text)/6])
	}
	return forms
}

// secretsIn returns the places where a text tells a secret, or one of `more`.
func secretsIn(text string, more ...string) []string {
	var found []string
	for _, word := range append(more, secretWords...) {
		if at := strings.Index(text, word); at >= 0 {
			found = append(found, fmt.Sprintf("…%.80s", text[max(0, at-60):]))
		}
	}
	return found
}

// toldKinds are the kinds of objects that the product writes for people.
var toldKinds = []schema.GroupVersionKind{
	ClusterKind, MachineKind, MachineTemplateKind,
	{Version: "v1", Kind: "Event"},
}

// checkObjects checks all that is there now.
func (f *Fixture) checkObjects(ctx context.Context) {
	if f.options.WithoutShim {
		return
	}
	for _, namespace := range f.namespaces {
		for _, kind := range toldKinds {
			list := listOf(kind)
			err := f.shared.Client.List(ctx, list,
				client.InNamespace(namespace))
			if err != nil {
				f.T.Error(err)
			}
			for _, object := range list.Items {
				f.checkObject(&object)
			}
		}
	}
}

// checkObject checks what the product has written into an object.
func (f *Fixture) checkObject(object *unstructured.Unstructured) {
	told := maps.Clone(object.Object)
	delete(told, "spec") // is its user's
	text, err := json.Marshal(told)
	if err != nil {
		f.T.Error(err)
	}
	for _, secret := range secretsIn(string(text)) {
		f.T.Errorf("%s %s tells a secret: %s", object.GetKind(),
			object.GetName(), secret)
	}
}
