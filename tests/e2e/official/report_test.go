package official

import (
	"encoding/json"
	"strings"
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// The report says what else the end of the pause changes: what the official
// provider took and ignored. Nothing changes that it does not say, and all
// changes that it says.
func TestTheReportSaysWhatElseChanges(t *testing.T) {
	t.Parallel()
	for name, ignored := range map[string]func(*Cluster){
		"Labels": func(c *Cluster) { c.PatchEvroc(`{"spec":{"additionalLabels":{"cost":"7"}}}`) },
		"Ports": func(c *Cluster) {
			c.PatchEvroc(`{"spec":{"controlPlaneConfig":{"loadBalancer":{"additionalPorts":[80,443]}}}}`)
		},
		"Groups":  ignoredGroups,
		"Disks":   ignoredDisks,
		"Address": ignoredAddress,
		"Members": func(c *Cluster) { c.removeBackend(controlPlane.Name) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			plan := provisioned()["Everything"]
			c := Build(f, plan)
			ignored(c)
			h := look(c)
			f.Do(f.StartShim(t.Context(), e2e.Shim))
			h.saysWhatChanges(h.paused())
		})
	}
}

// ignoredGroups adds a group to the cluster and one to a machine, and changes a
// rule.
func ignoredGroups(c *Cluster) {
	c.T.Helper()
	section := func(groups ...fields) string {
		text, err := json.Marshal(groups)
		c.Do(err)
		return string(text)
	}
	c.PatchEvroc(`{"spec":{"securityGroups":{"worker":{"inlineSecurityGroups":` +
		section(groupSpec("web", 8080), groupSpec("more", 8081)) + `}}}}`)
	c.Machines[2].PatchEvroc(`{"spec":{"networkingConfig":{"securityGroups":` +
		`{"inlineSecurityGroups":` + section(groupSpec("own", 9090),
		groupSpec("late", 9999)) + `}}}}`)
}

// ignoredDisks enlarges a disk and adds one.
func ignoredDisks(c *Cluster) {
	c.T.Helper()
	c.Machines[2].PatchEvroc(`{"spec":{"rootDiskSize":33,"additionalDisks":[` +
		`{"name":"data","sizeGB":9},{"name":"logs","sizeGB":5},` +
		`{"name":"more","sizeGB":7}]}}`)
}

// ignoredAddress takes the public IP from one machine and gives another one.
func ignoredAddress(c *Cluster) {
	c.T.Helper()
	c.Machines[1].PatchEvroc(`{"spec":{"networkingConfig":{"publicIP":{"enabled":true}}}}`)
	c.Machines[2].PatchEvroc(`{"spec":{"networkingConfig":{"publicIP":null}}}`)
}

// saysWhatChanges ends the pause, and compares what changes in the cloud with
// what the messages say.
func (h *handover) saysWhatChanges(messages []string) {
	h.T.Helper()
	var said []string
	for _, message := range messages {
		if _, after, is := strings.Cut(message, "; after that: "); is {
			after, _, _ = strings.Cut(after, "; ")
			said = append(said, strings.Split(after, ", ")...)
		}
	}
	if len(said) == 0 {
		h.T.Fatalf("they do not say that anything changes: %q", messages)
	}
	h.unpause()
	h.taken(h.objects()...)
	h.becomesSaid(said)
	h.Settled()
	for name := range changed(h.before, h.CloudSnapshot()) {
		if !isNamed(said, name) {
			h.T.Errorf("%s changed, and the report says only %q", name, said)
		}
	}
}

// becomesSaid waits until everything has changed that the report says.
func (h *handover) becomesSaid(said []string) {
	h.T.Helper()
	h.becomes("all changes that the report says", func(all cloud.Snapshot) error {
		changes := changed(h.before, all)
		var missing []error
		for _, text := range said {
			found := false
			for name := range changes {
				found = found || isNamed([]string{text}, name)
			}
			missing = append(missing, e2e.That(found, "it says %q, which is not so", text))
		}
		return e2e.Both(missing...)
	})
}

// changed are the objects that differ in more than labels of this provider and
// what the cloud reports.
func changed(before, after cloud.Snapshot) map[string]bool {
	names := map[string]bool{}
	for _, change := range plain(before).Changes(plain(after)) {
		name, _, _ := strings.Cut(change, " ")
		name, _, _ = strings.Cut(name, ".")
		names[name] = true
	}
	return names
}

// isNamed reports whether a text says that the object, COLLECTION/ID, changes.
func isNamed(texts []string, name string) bool {
	collection, id, _ := strings.Cut(name, "/")
	for _, text := range texts {
		words := strings.Fields(strings.ReplaceAll(text, ":", " "))
		if len(words) > 2 && words[2] == id &&
			strings.HasPrefix(strings.ToLower(collection), strings.ToLower(words[1])) {
			return true
		}
	}
	return false
}
