package conformance

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	yamlutil "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

const (
	group   = "infrastructure.cluster.x-k8s.io"
	version = "v1beta1"
	manager = "conformance"
)

// object is any Kubernetes object.
type object = *unstructured.Unstructured

// fields is a part of an object in JSON types.
type fields = map[string]any

func newList(group, version, kind string) *unstructured.UnstructuredList {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(schema.GroupVersionKind{Group: group, Version: version, Kind: kind})
	return list
}

func poll(ctx context.Context, done func(context.Context) (bool, error)) error {
	return wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, time.Minute, true, done)
}

// parse reads the objects of a YAML stream.
func parse(data []byte) ([]object, error) {
	reader := yamlutil.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
	var objects []object
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		content := fields{}
		if err := yaml.UnmarshalStrict(document, &content); err != nil {
			return nil, err
		}
		if len(content) > 0 {
			objects = append(objects, &unstructured.Unstructured{Object: content})
		}
	}
}

func parseFiles(pattern string) ([]object, error) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no file is like %s", pattern)
	}
	var objects []object
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		parsed, err := parse(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		objects = append(objects, parsed...)
	}
	return objects, nil
}

// deployed returns the objects of deploy/.
func deployed() ([]object, error) {
	var objects []object
	for _, folder := range []string{"crd", "rbac", "policy"} {
		parsed, err := parseFiles(filepath.Join(repository(), "deploy", folder, "*.yaml"))
		if err != nil {
			return nil, err
		}
		objects = append(objects, parsed...)
	}
	return objects, nil
}

// clusterAPIModule returns the folder of Cluster API's source at the version of
// go.mod.
func clusterAPIModule() (string, error) {
	command := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/cluster-api")
	command.Dir = filepath.Join(repository(), "tests")
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("find Cluster API's module: %w", err)
	}
	return strings.TrimSpace(string(output)), nil
}

// clusterAPICRDs returns the CRDs of Cluster API and of its kubeadm providers,
// at the versions of go.mod.
func clusterAPICRDs() ([]object, error) {
	module, err := clusterAPIModule()
	if err != nil {
		return nil, err
	}
	var objects []object
	for _, folder := range []string{"core", "bootstrap/kubeadm", "controlplane/kubeadm"} {
		parsed, err := parseFiles(filepath.Join(module, folder, "config/crd/bases/*.yaml"))
		if err != nil {
			return nil, err
		}
		objects = append(objects, parsed...)
	}
	return objects, nil
}

// rke2CRDs returns the CRDs of the fake RKE2 provider.
func rke2CRDs() ([]object, error) {
	return parseFiles(filepath.Join(repository(), "tests/testenv/rke2/crd/*.yaml"))
}

func applyAll(ctx context.Context, objects []object) error {
	for _, object := range objects {
		if err := apply(ctx, object); err != nil {
			return fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
	return nil
}

// apply does a server-side apply with force.
func apply(ctx context.Context, object object, options ...client.ApplyOption) error {
	options = append([]client.ApplyOption{client.ForceOwnership, client.FieldOwner(manager)}, options...)
	return server.client.Apply(ctx, client.ApplyConfigurationFromUnstructured(object.DeepCopy()), options...)
}

// newNamespace makes a namespace for one test.
func newNamespace(ctx context.Context, t *testing.T) string {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	if err := server.client.Create(ctx, namespace); err != nil {
		t.Fatal(err)
	}
	return namespace.Name
}

// newObject returns a valid object of ours, except that its namespace may not
// exist.
func newObject(t *testing.T, kind, namespace string) object {
	t.Helper()
	spec, ok := map[string]fields{
		"EvrocCluster":         clusterSpec(),
		"EvrocClusterTemplate": {"template": fields{"spec": clusterSpec()}},
		"EvrocMachine":         machineSpec(),
		"EvrocMachineTemplate": {"template": fields{"spec": machineSpec()}},
	}[kind]
	if !ok {
		t.Fatalf("unknown kind %s", kind)
	}
	made := &unstructured.Unstructured{Object: fields{"spec": spec}}
	made.SetAPIVersion(group + "/" + version)
	made.SetKind(kind)
	made.SetNamespace(namespace)
	made.SetGenerateName("test-")
	return made
}

var kinds = []string{"EvrocCluster", "EvrocClusterTemplate", "EvrocMachine", "EvrocMachineTemplate"}

// created creates such an object.
func created(ctx context.Context, t *testing.T, kind, namespace string, changes ...change) object {
	t.Helper()
	made := newObject(t, kind, namespace)
	for _, c := range changes {
		c.do(t, made)
	}
	if err := server.client.Create(ctx, made); err != nil {
		t.Fatalf("create %s: %v", kind, err)
	}
	return made
}

func clusterSpec() fields {
	return fields{
		"project":            "project-1",
		"identitySecretName": "credentials",
		"network": fields{
			"vpc":     fields{"name": "vpc-1"},
			"subnets": []any{fields{"name": "subnet-1", "cidrBlock": "10.0.1.0/24", "zone": "a"}},
		},
	}
}

func machineSpec() fields {
	return fields{"computeProfile": "c1a.s", "image": "ubuntu-minimal.24-04.1"}
}

// change sets a field, or removes it if the value is nil. The path is dotted;
// a number is an index of a list.
type change struct {
	path  string
	value any
}

func (c change) do(t *testing.T, object object) {
	t.Helper()
	object.Object = changed(object.Object, strings.Split(c.path, "."), c.value).(fields)
}

// changed returns a copy of node with the field at path set.
func changed(node any, path []string, value any) any {
	if len(path) == 0 {
		return value
	}
	if list, ok := node.([]any); ok {
		index := int(path[0][0] - '0')
		list = slices.Clone(list)
		for len(list) <= index {
			list = append(list, nil)
		}
		list[index] = changed(list[index], path[1:], value)
		if list[index] == nil {
			list = slices.Delete(list, index, index+1)
		}
		return list
	}
	copied := fields{}
	if existing, ok := node.(fields); ok {
		for key, each := range existing {
			copied[key] = each
		}
	}
	if len(path) == 1 && value == nil {
		delete(copied, path[0])
		return copied
	}
	copied[path[0]] = changed(copied[path[0]], path[1:], value)
	return copied
}
