package workload

import (
	"net/http/httptest"
	"testing"
)

// A watch that continues an older one may have missed deletions: a watch must
// begin where its client has just listed.
func TestAWatchFollowsAListOnce(t *testing.T) {
	cl := &cluster{lists: map[string]string{}}
	reader := func(agent, path string) func(version string) bool {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("User-Agent", agent)
		return func(version string) bool { return cl.followsList(r, version) }
	}
	list := httptest.NewRequest("GET", "/api/v1/nodes", nil)
	list.Header.Set("User-Agent", "manager")
	watch := reader("manager", "/api/v1/nodes")
	if watch("7") {
		t.Error("without a list")
	}
	cl.noteList(list, []byte(`{"metadata": {"resourceVersion": "7"}, "items": []}`))
	for _, other := range []bool{
		reader("another", "/api/v1/nodes")("7"),
		reader("manager", "/api/v1/pods")("7"),
		watch("8"),
	} {
		if other {
			t.Error("another client, another path or another version")
		}
	}
	if !watch("7") {
		t.Error("not after the list")
	}
	if watch("7") {
		t.Error("twice")
	}
}
