package conformance

import (
	"context"
	"maps"
	"reflect"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// A phase is what the provider has made of an object before a field is tried.
type phase string

const (
	isOpen phase = "open" // looked at, and nothing made
	isMade phase = "made"
)

// A fieldTrial tries one row in one namespace.
type fieldTrial struct {
	row       fieldRow
	sample    fieldSample
	namespace string
}

// TestFieldsFollowTheTable tries every field of docs/fields.md on the API
// server: what can be set, changed and removed later, before and after something
// is made of it, and that the value in force can always be set.
func TestFieldsFollowTheTable(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	for _, row := range fieldTable(t) {
		if row.annotation {
			continue
		}
		t.Run(row.kind+" "+row.name, func(t *testing.T) {
			sample, ok := sampleOf(row)
			if !ok {
				t.Fatal("there is no sample of it")
			}
			trial := fieldTrial{row, sample, namespace}
			trial.settings(ctx, t)
			trial.changes(ctx, t)
			trial.valueInForce(ctx, t)
		})
	}
}

func (f fieldTrial) settings(ctx context.Context, t *testing.T) {
	for _, phase := range []phase{isOpen, isMade} {
		if f.sample.notAlone || f.row.set == withElement || f.sample.filled && phase == isMade {
			continue
		}
		f.try(ctx, t, phase, "set", f.row.set, f.object(ctx, t, phase, nil), f.sample.set)
		if f.row.set == onlyGrows {
			f.try(ctx, t, phase, "set to less", never, f.object(ctx, t, phase, nil), f.sample.smaller)
		}
	}
}

func (f fieldTrial) changes(ctx context.Context, t *testing.T) {
	for _, phase := range []phase{isOpen, isMade} {
		if f.row.change != withElement {
			f.try(ctx, t, phase, "change", f.row.change, f.object(ctx, t, phase, f.sample.value), f.sample.other)
		}
		if f.row.change == onlyGrows {
			f.try(ctx, t, phase, "shrink", never, f.object(ctx, t, phase, f.sample.value), f.sample.smaller)
		}
		if f.row.remove != withElement && !f.sample.notAlone {
			f.try(ctx, t, phase, "remove", f.row.remove, f.object(ctx, t, phase, f.sample.value), nil)
		}
	}
}

// valueInForce sets the field to what it is without it, and leaves it out again.
func (f fieldTrial) valueInForce(ctx context.Context, t *testing.T) {
	if f.sample.inForce == nil {
		return
	}
	made := f.object(ctx, t, isMade, nil)
	if f.sample.inForceState != nil {
		f.setStatus(ctx, t, made, f.sample.inForceState)
	}
	f.try(ctx, t, isMade, "set to the value in force", always, made, f.sample.inForce)
	f.try(ctx, t, isMade, "leave out again", always, made, nil)
}

// object creates one with that value of the field.
func (f fieldTrial) object(ctx context.Context, t *testing.T, phase phase, value any) object {
	t.Helper()
	changes := append([]change{}, f.sample.base...)
	if phase == isMade {
		changes = append(changes, madeSpec(f.row.kind))
	}
	if value != nil || !f.sample.filled {
		changes = append(changes, change{f.sample.path, value})
	}
	made := created(ctx, t, f.row.kind, f.namespace, changes...)
	switch {
	case phase == isOpen:
		f.setStatus(ctx, t, made, nil)
	case value != nil && f.sample.status != nil:
		f.setStatus(ctx, t, made, madeStatus(f.row.kind), f.sample.status)
	default:
		f.setStatus(ctx, t, made, madeStatus(f.row.kind))
	}
	return made
}

// setStatus writes the parts one after another.
func (f fieldTrial) setStatus(ctx context.Context, t *testing.T, object object, parts ...fields) {
	t.Helper()
	for _, part := range append(parts, fields{"observedGeneration": object.GetGeneration()}) {
		if part == nil {
			continue
		}
		if err := mergePatchStatus(ctx, object, part); err != nil {
			t.Fatal(err)
		}
	}
}

func madeSpec(kind string) change {
	if kind == "EvrocCluster" {
		return change{"spec.controlPlaneEndpoint", fields{"host": "192.0.2.1", "port": int64(6443)}}
	}
	return change{"spec.providerID", "evroc://uid"}
}

func madeStatus(kind string) fields {
	if kind == "EvrocMachine" {
		return fields{"vmID": "vm", "machineID": "uid", "subnetName": "subnet-1", "placementGroupID": "g",
			"additionalDisks": []any{"d", "f"}}
	}
	status := clusterStatus()
	status["project"] = "project-1"
	network := status["network"].(fields)
	endpoint := maps.Clone(network["endpoint"].(fields))
	endpoint["publicIPID"], endpoint["owned"] = "own-ip", true
	network["endpoint"] = endpoint
	return status
}

// try updates the field, and compares what comes of it with the word.
func (f fieldTrial) try(ctx context.Context, t *testing.T, phase phase, what, word string, before object, value any) {
	t.Helper()
	after := before.DeepCopy()
	change{f.sample.path, value}.do(t, after)
	err := server.client.Update(ctx, after)
	taken := word == always || word == onlyGrows || word == whileOpen && phase == isOpen
	if taken && err != nil {
		t.Errorf("%s, %s: refused: %v", phase, what, err)
	}
	if !taken {
		checkRefusal(t, string(phase)+", "+what, err, f.sample.names)
	}
	if err == nil {
		before.Object = after.Object
		f.setStatus(ctx, t, before, nil)
	}
}

func checkRefusal(t *testing.T, what string, err error, names string) {
	t.Helper()
	switch {
	case err == nil:
		t.Errorf("%s: taken, want a refusal", what)
	case !apierrors.IsInvalid(err):
		t.Errorf("%s: refused with %v", what, err)
	case !strings.Contains(err.Error(), names):
		t.Errorf("%s: the refusal does not name %s: %v", what, names, err)
	}
}

// TestTemplatesFollowTheTable checks that no field of a template changes, but in
// a dry run of the topology controller.
func TestTemplatesFollowTheTable(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	for _, row := range fieldTable(t) {
		sample, ok := sampleOf(row)
		if row.annotation || !ok || row.name == "providerID" {
			continue
		}
		t.Run(row.kind+" "+row.name, func(t *testing.T) {
			var changes []change
			for _, each := range append(append([]change{}, sample.base...), change{sample.path, sample.value}) {
				changes = append(changes, inTemplate(each))
			}
			made := created(ctx, t, row.kind+"Template", namespace, changes...)
			changed := made.DeepCopy()
			inTemplate(change{sample.path, sample.other}).do(t, changed)
			if reflect.DeepEqual(sample.other, sample.value) { // a field with one value
				inTemplate(change{sample.path, nil}).do(t, changed)
			}
			checkRefusal(t, "change", server.client.Update(ctx, changed), "make a new template")
			changed.SetAnnotations(map[string]string{"topology.cluster.x-k8s.io/dry-run": ""})
			if err := server.client.Update(ctx, changed, client.DryRunAll); err != nil {
				t.Errorf("dry run: %v", err)
			}
		})
	}
}

func inTemplate(c change) change {
	return change{strings.Replace(c.path, "spec.", "spec.template.spec.", 1), c.value}
}

// TestAnnotationsFollowTheTable tries every annotation on an object that the
// provider has begun, and those that are open on one that it has not.
func TestAnnotationsFollowTheTable(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	for _, row := range fieldTable(t) {
		if !row.annotation {
			continue
		}
		t.Run(row.kind+" "+row.name, func(t *testing.T) {
			for _, each := range []struct{ what, word, before, after string }{
				{"set", row.set, "", "a"},
				{"change", row.change, "a", "b"},
				{"remove", row.remove, "a", ""},
			} {
				tryAnnotation(ctx, t, created(ctx, t, row.kind, namespace, begun(row, each.before)...), row, each.what, each.word, isMade, each.after)
				if each.word == whileOpen {
					tryAnnotation(ctx, t, created(ctx, t, row.kind, namespace), row, each.what, each.word, isOpen, each.after)
				}
			}
		})
	}
}

// begun has an object's finalizer and id, and that value of the annotation.
func begun(row fieldRow, value string) []change {
	annotations := fields{ownerID: "o"}
	if value != "" {
		annotations[row.name] = value
	} else {
		delete(annotations, row.name)
	}
	finalizer := change{"metadata.finalizers", []any{"evrocmachine.infrastructure.cluster.x-k8s.io"}}
	if row.kind == "EvrocCluster" {
		finalizer = finalized
	}
	return []change{finalizer, {"metadata.annotations", annotations}}
}

func tryAnnotation(ctx context.Context, t *testing.T, made object, row fieldRow, what, word string, phase phase, value string) {
	t.Helper()
	annotations := maps.Clone(made.GetAnnotations())
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[row.name] = value
	if value == "" {
		delete(annotations, row.name)
	}
	made.SetAnnotations(annotations)
	err := server.client.Update(ctx, made)
	if word == always || word == whileOpen && phase == isOpen {
		if err != nil {
			t.Errorf("%s, %s: refused: %v", phase, what, err)
		}
		return
	}
	checkRefusal(t, string(phase)+", "+what, err, row.name)
}
