package cloud

import (
	"slices"
	"testing"
)

func sample(labels map[string]any, size any) Snapshot {
	metadata := map[string]any{"id": "d"}
	if len(labels) > 0 {
		metadata["userLabels"] = labels
	}
	return Snapshot{"disks/d": {"metadata": metadata,
		"spec": map[string]any{"size": size, "zone": "a"}}}
}

func TestChangesOfASnapshot(t *testing.T) {
	before := sample(map[string]any{"team": "a"}, 1.0)
	for name, c := range map[string]struct {
		after Snapshot
		want  []string
	}{
		"the same":   {sample(map[string]any{"team": "a"}, 1.0), nil},
		"a value":    {sample(map[string]any{"team": "a"}, 2.0), []string{"disks/d.spec.size was 1, is 2"}},
		"a label":    {sample(map[string]any{"team": "a", "x": "y"}, 1.0), []string{"disks/d.metadata.userLabels.x was <nil>, is y"}},
		"it is new":  {Snapshot{"disks/d": before["disks/d"], "disks/e": {}}, []string{"disks/e is new"}},
		"it is gone": {Snapshot{}, []string{"disks/d is gone"}},
	} {
		if got := before.Changes(c.after); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestPartsOfASnapshot(t *testing.T) {
	before := sample(nil, 1.0)
	after := sample(map[string]any{"capi-owner": "x"}, 1.0)
	after["disks/d"]["status"] = map[string]any{"phase": "Ready"}
	plain := after.WithoutLabels("capi-").WithoutStatus()
	if changes := before.Changes(plain); len(changes) > 0 {
		t.Errorf("%v", changes)
	}
	if got := after.Labels("disks/d")["capi-owner"]; got != "x" {
		t.Errorf("the original has lost its label: %q", got)
	}
	if len(after.Without("disks/d")) != 0 || len(after.Only(Snapshot{})) != 0 {
		t.Error("an object is left")
	}
}
