package cloud

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/contract/cloud/client"
)

// A ledger knows every object that the run may have made, so that all of them
// are deleted: a trial's at its end, shared ones at the end of the run, all that
// are left when the run is interrupted. Only ids with the run's prefix are in it.
type ledger struct {
	cloud *aCloud
	// posts is held for reading while an object is made.
	posts sync.RWMutex

	mutex   sync.Mutex
	closed  bool
	entries []entry
	made    map[string]int // by kind
}

type entry struct {
	path  string
	owner *trial // nil: shared
}

func newLedger(cloud *aCloud) *ledger {
	return &ledger{cloud: cloud, made: map[string]int{}}
}

// posting enters an object before it is made, since the answer may get lost; the
// caller calls done after it. False: the run is ending, and nothing must be made.
func (l *ledger) posting(path string, owner *trial) (done func(), allowed bool) {
	l.posts.RLock()
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.closed || !strings.Contains(path, l.cloud.prefix+"-") {
		l.posts.RUnlock()
		return nil, false
	}
	l.entries = append(l.entries, entry{path, owner})
	return l.posts.RUnlock, true
}

// count counts what was really made.
func (l *ledger) count(kind string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.made[kind]++
}

// clear deletes what the trial made and reports what is left.
func (l *ledger) clear(owner *trial) []string {
	return l.removeAll(func(e entry) bool { return e.owner == owner })
}

// finish deletes everything that is left and returns the exit code.
func (l *ledger) finish() int {
	l.mutex.Lock()
	l.closed = true
	l.mutex.Unlock()
	l.posts.Lock()
	defer l.posts.Unlock()
	if left := l.removeAll(func(entry) bool { return true }); len(left) > 0 {
		fmt.Printf("LEFT BEHIND, to be deleted by hand:\n  %s\n", strings.Join(left, "\n  "))
		return 1
	}
	return l.compareWithEstimate()
}

// removeAll removes from cloud and ledger. What can't be removed stays in the
// ledger, and is returned.
func (l *ledger) removeAll(wanted func(entry) bool) []string {
	var left []string
	for _, path := range l.paths(wanted) {
		if why := l.remove(path); why != "" {
			left = append(left, path+": "+why)
			continue
		}
		l.mutex.Lock()
		l.entries = slices.DeleteFunc(l.entries, func(e entry) bool { return e.path == path })
		l.mutex.Unlock()
	}
	return left
}

// paths has users before what they use, the newest first.
func (l *ledger) paths(wanted func(entry) bool) []string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	var paths []string
	for _, each := range slices.Backward(l.entries) {
		if wanted(each) {
			paths = append(paths, each.path)
		}
	}
	slices.SortStableFunc(paths, func(a, b string) int { return deletionRank(a) - deletionRank(b) })
	return paths
}

// deletionOrder is that of Terraform and the CCM (evroc-api.md B.8.2).
var deletionOrder = []kind{balancers, routes, services, pools, attachments, machines, snapshots, disks,
	placements, publicIPs, groups, subnets, networks}

func deletionRank(path string) int {
	return slices.IndexFunc(deletionOrder, func(k kind) bool { return strings.Contains(path, "/"+k.collection+"/") })
}

// runPrefix is what newCloud makes.
var runPrefix = regexp.MustCompile(`^ct-[0-9a-f]{6}$`)

// cleanAfter deletes what an earlier run left behind: objects that have its label
// and its prefix.
func (l *ledger) cleanAfter(prefix string) int {
	if !runPrefix.MatchString(prefix) {
		fmt.Printf("%q is not the prefix of a run, such as ct-0a1b2c\n", prefix)
		return 1
	}
	finder := &trial{cloud: l.cloud}
	for _, each := range slices.Concat([]kind{bindings, accounts, customImages, bucketAccounts, buckets}, kinds) {
		answer, err := l.call(http.MethodGet, finder.collection(each)+"?labelSelector="+runLabel+"%3D"+prefix)
		if err != nil || !answer.Accepted() {
			fmt.Println("Can't list", each.collection, answer, err)
			continue
		}
		for _, found := range answer.JSON.At("items").Items() {
			id := found.At("metadata.id").String()
			if strings.Contains(id, prefix+"-") && found.At("metadata.userLabels").Member(runLabel).String() == prefix {
				l.entries = append(l.entries, entry{path: finder.path(each, id)})
				fmt.Println("Deletes", finder.path(each, id))
			}
		}
	}
	return l.finish()
}

// remove deletes an object and waits until it is gone; otherwise it says why.
func (l *ledger) remove(path string) string {
	deadline := time.Now().Add(l.cloud.budget(removal))
	pause := l.cloud.firstPause()
	for {
		answer, err := l.call(http.MethodDelete, path)
		if err == nil && answer.Status == http.StatusNotFound {
			return ""
		}
		if err == nil && answer.Accepted() {
			answer, err = l.call(http.MethodGet, path)
			if err == nil && answer.Status == http.StatusNotFound {
				return ""
			}
		}
		if time.Now().After(deadline) {
			return fmt.Sprintf("%v %v", answer, err)
		}
		time.Sleep(pause)
		pause = l.cloud.nextPause(pause)
	}
}

func (l *ledger) call(method, path string) (client.Answer, error) {
	ctx, cancel := background()
	defer cancel()
	return l.cloud.Do(ctx, client.Request{Method: method, Path: path})
}

// compareWithEstimate keeps the estimate true: a run against the simulator that
// makes more than it says fails.
func (l *ledger) compareWithEstimate() int {
	code := 0
	for kind, made := range l.made {
		if l.cloud.simulated && made > estimate[kind] {
			fmt.Printf("The run made %d of kind %s, the estimate says %d\n", made, kind, estimate[kind])
			code = 1
		}
	}
	return code
}
