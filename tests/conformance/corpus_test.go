package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// try renders a flavour with values that a person may have set, and lets the
// API server check each object strictly. The error says who refuses them.
func (f flavour) try(ctx context.Context, t *testing.T, variables map[string]string) (map[string]object, error) {
	t.Helper()
	objects, err := f.named(t, variables)
	if err != nil {
		return nil, err
	}
	for _, each := range objects {
		if err := server.client.Create(ctx, each.DeepCopy(), client.DryRunAll); err != nil {
			return nil, fmt.Errorf("%s: %w", each.GetKind(), err)
		}
	}
	return objects, nil
}

// named returns the objects of a flavour by kind and name.
func (f flavour) named(t *testing.T, variables map[string]string) (map[string]object, error) {
	t.Helper()
	text, err := f.run(t, variables, "--target-namespace", "default")
	if err != nil {
		return nil, err
	}
	objects, err := parse(text)
	if err != nil {
		return nil, err
	}
	named := map[string]object{}
	for _, each := range objects {
		named[each.GetKind()+"/"+each.GetName()] = each
	}
	if len(named) != len(objects) {
		return nil, fmt.Errorf("%s has two objects of one kind and name", f.file)
	}
	return named, nil
}

type sshKeys struct {
	Name string
	Text string
	Keys []string
}

// sshKeyCorpus returns the keys that tests/corpus has; what becomes of them in
// the machine is tested there.
func sshKeyCorpus(t *testing.T) []sshKeys {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository(), "tests", "corpus", "ssh_keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	var corpus []sshKeys
	if err := json.Unmarshal(text, &corpus); err != nil {
		t.Fatal(err)
	}
	return corpus
}

// TestEachSSHKeyArrives checks that a key reaches spec.sshKey of both roles as
// it is, and no other part of the objects.
func TestEachSSHKeyArrives(t *testing.T) {
	ctx := needServer(t)
	for _, f := range flavours {
		without := f.render(t, with())
		for _, each := range sshKeyCorpus(t) {
			objects := f.render(t, with(map[string]string{"EVROC_SSH_KEY": each.Text}))
			machines := 0
			for name, object := range objects {
				if object.GetKind() == "EvrocMachineTemplate" {
					machines++
					if err := server.client.Create(ctx, object.DeepCopy(), client.DryRunAll); err != nil {
						t.Errorf("%s: %s: %v", f.file, each.Name, err)
					}
					if got := takeSSHKeys(t, object); !slices.Equal(got, each.Keys) {
						t.Errorf("%s: %s: %s has %q", f.file, each.Name, name, got)
					}
					takeSSHKeys(t, without[name])
				}
				if !reflect.DeepEqual(object, without[name]) {
					t.Errorf("%s: %s: %s has more of the key:\n%v", f.file, each.Name, name, object)
				}
			}
			if machines != 2 || len(objects) != len(without) {
				t.Errorf("%s: %s: %d objects, %d of machines", f.file, each.Name, len(objects), machines)
			}
		}
	}
}

// takeSSHKeys removes the keys from a template and returns them as the provider
// reads them: one on a line, the first of equal ones.
func takeSSHKeys(t *testing.T, template object) []string {
	t.Helper()
	spec := template.Object["spec"].(fields)["template"].(fields)["spec"].(fields)
	text, _ := spec["sshKey"].(string)
	delete(spec, "sshKey")
	var keys []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(keys, line) {
			keys = append(keys, line)
		}
	}
	return keys
}

// TestOneSSHKeyStaysAsItWas checks that the template of a cluster that exists can
// be applied again: an EvrocMachineTemplate can't change.
func TestOneSSHKeyStaysAsItWas(t *testing.T) {
	for _, f := range flavours {
		for text, want := range map[string]string{sshKey: sshKey, sshKey + "\n": sshKey, "": ""} {
			for name, object := range f.render(t, with(map[string]string{"EVROC_SSH_KEY": text})) {
				if object.GetKind() == "EvrocMachineTemplate" {
					if got := decode[string](t, object, "spec", "template", "spec", "sshKey"); got != want {
						t.Errorf("%s: %s has %q for %q", f.file, name, got, text)
					}
				}
			}
		}
	}
}

// TestWhatIsNoSSHKeyIsRefused checks that nothing of a broken value is used.
func TestWhatIsNoSSHKeyIsRefused(t *testing.T) {
	ctx := needServer(t)
	for _, f := range flavours {
		for name, test := range map[string]struct{ text, want string }{
			"a control character": {"ssh-ed25519 AAAA\x07", "clusterctl"},
			"no UTF-8":            {"ssh-ed25519 AAAA \xc5sa", "clusterctl"},
			"CR alone":            {"ssh-ed25519 AAAA alice\rssh-rsa BBBB bob", "clusterctl"},
			"too much":            {strings.Repeat("k", 16385), "sshKey: Too long"},
		} {
			if _, err := f.try(ctx, t, with(map[string]string{"EVROC_SSH_KEY": test.text})); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: %s: %v", f.file, name, err)
			}
		}
	}
}
