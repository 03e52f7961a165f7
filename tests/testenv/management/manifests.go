package management

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	clusterctlv1 "sigs.k8s.io/cluster-api/cmd/clusterctl/api/v1alpha3"
)

type objects []*unstructured.Unstructured

// readFolders reads all YAML files in and below the folders.
func readFolders(folders []string) (objects, error) {
	var result objects
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			extension := filepath.Ext(path)
			if err != nil || entry.IsDir() ||
				(extension != ".yaml" && extension != ".yml") {
				return err
			}
			read, err := readFile(path)
			result = append(result, read...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return result, nil
}

func readFile(path string) (objects, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	read, err := parse(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return read, nil
}

// parse reads the objects of a YAML stream. A file that only configures
// kustomize has none.
func parse(content []byte) (objects, error) {
	reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(content)))
	var result objects
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return result, nil
		}
		if err != nil {
			return nil, err
		}
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(document, &object.Object); err != nil {
			return nil, err
		}
		if len(object.Object) == 0 || object.GetKind() == "Kustomization" {
			continue
		}
		if object.GetKind() == "" || object.GetName() == "" {
			return nil, fmt.Errorf("no kind or no name in %.80q", document)
		}
		result = append(result, object)
	}
}

// notHere are the kinds that need running containers.
var notHere = []string{"Deployment", "Service", "Certificate", "Issuer"}

// admissionKinds are the kinds whose objects name webhooks.
var admissionKinds = []string{
	"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration",
}

// without removes the objects of those kinds.
func (o objects) without(kinds []string) objects {
	return slices.DeleteFunc(slices.Clone(o),
		func(object *unstructured.Unstructured) bool {
			return slices.Contains(kinds, object.GetKind())
		})
}

// deployment returns the first Deployment.
func (o objects) deployment() (*unstructured.Unstructured, error) {
	for _, object := range o {
		if object.GetKind() == "Deployment" {
			return object, nil
		}
	}
	return nil, errors.New("the manifests have no Deployment")
}

// label sets the labels that clusterctl would set: `clusterctl move` finds a
// custom resource only if its definition has them.
func (o objects) label(provider string) {
	for _, object := range o {
		labels := object.GetLabels()
		if labels == nil {
			labels = map[string]string{}
		}
		labels[clusterctlv1.ClusterctlLabel] = ""
		labels[clusterv1.ProviderNameLabel] = provider
		object.SetLabels(labels)
	}
}

// pointWebhooks makes the API server call webhooks, for admission and
// conversion, on a port of this machine instead of a Service.
func (o objects) pointWebhooks(port int, authority []byte) error {
	for _, object := range o {
		var err error
		switch object.GetKind() {
		case "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration":
			err = pointAdmission(object, port, authority)
		case "CustomResourceDefinition":
			err = pointConversion(object, port, authority)
		}
		if err != nil {
			return fmt.Errorf(
				"%s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
	return nil
}

func pointAdmission(object *unstructured.Unstructured, port int, authority []byte) error {
	webhooks, _, err := unstructured.NestedSlice(object.Object, "webhooks")
	if err != nil {
		return err
	}
	for _, webhook := range webhooks {
		fields, ok := webhook.(map[string]any)
		if !ok {
			return errors.New("a webhook is no object")
		}
		if err := pointClient(fields, port, authority); err != nil {
			return err
		}
	}
	return unstructured.SetNestedSlice(object.Object, webhooks, "webhooks")
}

func pointConversion(object *unstructured.Unstructured, port int, authority []byte) error {
	strategy, _, _ := unstructured.NestedString(
		object.Object, "spec", "conversion", "strategy")
	if strategy != "Webhook" {
		return nil
	}
	path := []string{"spec", "conversion", "webhook"}
	webhook, _, err := unstructured.NestedMap(object.Object, path...)
	if err != nil {
		return err
	}
	if err := pointClient(webhook, port, authority); err != nil {
		return err
	}
	return unstructured.SetNestedMap(object.Object, webhook, path...)
}

// pointClient rewrites webhook.clientConfig.
func pointClient(webhook map[string]any, port int, authority []byte) error {
	path, found, err := unstructured.NestedString(
		webhook, "clientConfig", "service", "path")
	if err != nil || !found {
		return fmt.Errorf("a webhook names no service path: %w", err)
	}
	webhook["clientConfig"] = map[string]any{
		"url":      "https://" + loopback(port) + path,
		"caBundle": base64.StdEncoding.EncodeToString(authority),
	}
	return nil
}
