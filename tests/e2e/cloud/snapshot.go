package cloud

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
)

// Snapshot is every object of a project as the REST API returns it, by
// collection and id. The versions in the metadata are left out.
type Snapshot map[string]map[string]any

// Snapshot reads all objects of a project, those that it starts with too.
func (c *Cloud) Snapshot(ctx context.Context, project string) (Snapshot, error) {
	snapshot := Snapshot{}
	for collection := range kinds {
		var list struct {
			Items []map[string]any `json:"items"`
		}
		err := c.API(ctx, http.MethodGet, project, collection, "", nil, &list)
		if err != nil {
			return nil, err
		}
		for _, item := range list.Items {
			metadata, _ := item["metadata"].(map[string]any)
			delete(metadata, "resourceVersion")
			delete(metadata, "generation")
			snapshot[fmt.Sprintf("%s/%v", collection, metadata["id"])] = item
		}
	}
	return snapshot, nil
}

// WithoutLabels returns a copy without the user labels whose keys have the
// prefix.
func (s Snapshot) WithoutLabels(prefix string) Snapshot {
	return s.each(func(object map[string]any) {
		metadata, _ := object["metadata"].(map[string]any)
		metadata = maps.Clone(metadata)
		labels, _ := metadata["userLabels"].(map[string]any)
		labels = maps.Clone(labels)
		maps.DeleteFunc(labels, func(key string, _ any) bool {
			return strings.HasPrefix(key, prefix)
		})
		delete(metadata, "userLabels")
		if len(labels) > 0 {
			metadata["userLabels"] = labels
		}
		object["metadata"] = metadata
	})
}

// WithoutStatus returns a copy without what the cloud reports.
func (s Snapshot) WithoutStatus() Snapshot {
	return s.each(func(object map[string]any) { delete(object, "status") })
}

// Without returns a copy without the objects that are named.
func (s Snapshot) Without(names ...string) Snapshot {
	rest := maps.Clone(s)
	for _, name := range names {
		delete(rest, name)
	}
	return rest
}

// each returns a copy whose objects change has been applied to.
func (s Snapshot) each(change func(map[string]any)) Snapshot {
	changed := Snapshot{}
	for name, object := range s {
		changed[name] = maps.Clone(object)
		change(changed[name])
	}
	return changed
}

// Labels returns the user labels of an object, by its name in the snapshot; none
// if there is no such object.
func (s Snapshot) Labels(name string) map[string]string {
	metadata, _ := s[name]["metadata"].(map[string]any)
	labels, _ := metadata["userLabels"].(map[string]any)
	texts := map[string]string{}
	for key, value := range labels {
		texts[key], _ = value.(string)
	}
	return texts
}

// Only keeps the objects that other has too.
func (s Snapshot) Only(other Snapshot) Snapshot {
	kept := Snapshot{}
	for name, object := range s {
		if _, there := other[name]; there {
			kept[name] = object
		}
	}
	return kept
}

// Changes lists the objects that are not the same in after, with the paths of
// what differs in them.
func (s Snapshot) Changes(after Snapshot) []string {
	var changes []string
	for name, object := range s {
		now, there := after[name]
		if !there {
			changes = append(changes, name+" is gone")
			continue
		}
		changes = append(changes, differences(name, object, now)...)
	}
	for name := range after {
		if _, there := s[name]; !there {
			changes = append(changes, name+" is new")
		}
	}
	slices.Sort(changes)
	return changes
}

// differences lists the places below path where two JSON values differ.
func differences(path string, before, after any) []string {
	old, oldIs := before.(map[string]any)
	now, nowIs := after.(map[string]any)
	if !oldIs || !nowIs {
		if reflect.DeepEqual(before, after) {
			return nil
		}
		return []string{fmt.Sprintf("%s was %v, is %v", path, before, after)}
	}
	keys := maps.Clone(old)
	maps.Copy(keys, now)
	var found []string
	for key := range keys {
		found = append(found, differences(path+"."+key, old[key], now[key])...)
	}
	return found
}
