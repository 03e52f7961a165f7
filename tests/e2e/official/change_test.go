package official

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// adopted is a cluster with everything, taken over.
func adopted(t *testing.T) *handover {
	t.Helper()
	plan := provisioned()["Everything"]
	plan.Ports = []int{80, 9345}
	h := begin(t, plan)
	h.unpause()
	h.taken(h.objects()...)
	h.Settled()
	h.before = h.CloudSnapshot()
	return h
}

// becomes waits until check finds nothing wrong with the cloud.
func (h *handover) becomes(what string, check func(cloud.Snapshot) error) {
	h.T.Helper()
	e2e.Eventually(h.T, what, func(ctx context.Context) error {
		all, err := h.Cloud.Snapshot(ctx, e2e.Project)
		if err != nil {
			return err
		}
		return check(all)
	})
}

// textOf returns an object of the cloud as JSON; empty if there is none.
func textOf(all cloud.Snapshot, name string) string {
	one, there := all[name]
	if !there {
		return ""
	}
	text, _ := json.Marshal(one)
	return string(text)
}

// exist returns an error that names the objects which are not there.
func exist(all cloud.Snapshot, names ...string) error {
	missing := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		_, there := all[name]
		return there
	})
	return e2e.That(len(missing) == 0, "%v are not there", missing)
}

// absent returns an error that names the objects which are there.
func absent(all cloud.Snapshot, names ...string) error {
	left := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		_, there := all[name]
		return !there
	})
	return e2e.That(len(left) == 0, "%v are there", left)
}

// sameVMs ends the test if a VM is another one than before.
func (h *handover) sameVMs() {
	h.T.Helper()
	for _, m := range h.Machines {
		if now := h.get(cloud.Machines, m.Name()).Metadata.UID; now != m.VMUID {
			h.T.Errorf("%s is another VM: %s, was %s", m.Name(), now, m.VMUID)
		}
	}
}

// Labels reach what the official provider has made.
func TestLabelsOfAClusterThatWasTakenOver(t *testing.T) {
	h := adopted(t)
	h.PatchEvroc(`{"spec":{"additionalLabels":{"team":"red"}}}`)
	h.becomes("everything has the label", func(all cloud.Snapshot) error {
		var wrong []error
		for _, o := range h.objects() {
			for _, name := range o.names {
				labels := all.Labels(name)
				wrong = append(wrong, e2e.That(labels["team"] == "red" &&
					labels[labelClusterName] != "", "%s has %v", name, labels))
			}
		}
		return e2e.Both(wrong...)
	})
	h.sameVMs()
}

// Ports come and go under the official provider's names.
func TestPortsOfAClusterThatWasTakenOver(t *testing.T) {
	h := adopted(t)
	h.PatchEvroc(`{"spec":{"controlPlaneConfig":{"loadBalancer":` +
		`{"additionalPorts":[80,443]}}}}`)
	service := cloud.BackendServices + "/" + h.Balancer() + "-svc"
	route := cloud.L4Routes + "/" + h.Balancer() + "-route"
	balancer := cloud.LoadBalancers + "/" + h.Balancer()
	h.becomes("the ports have changed", func(all cloud.Snapshot) error {
		text := textOf(all, balancer)
		return e2e.Both(exist(all, service+"-80", service+"-443", route+"-443"),
			absent(all, service+"-9345", route+"-9345"),
			e2e.That(strings.Contains(text, `"port-443"`) &&
				!strings.Contains(text, `"port-9345"`), "the listeners: %s", text))
	})
	h.ReadyTrue()
	after := h.CloudSnapshot()
	for _, name := range []string{service + "-443", route + "-443"} {
		h.owned(after, h.cluster(), name)
		h.findable(after, h.cluster(), name)
	}
	h.kept(after, balancer, service+"-9345", route+"-9345")
}

// Rules change in the groups that there are, and new groups get names like
// theirs.
func TestGroupsOfAClusterThatWasTakenOver(t *testing.T) {
	h := adopted(t)
	section := func(groups ...fields) string {
		text, err := json.Marshal(groups)
		h.Do(err)
		return string(text)
	}
	h.PatchEvroc(`{"spec":{"securityGroups":{"common":{"inlineSecurityGroups":` +
		section(groupSpec("nodes", 2222), groupSpec("more", 8080)) + `}}}}`)
	last := h.Machines[len(h.Machines)-1]
	last.PatchEvroc(`{"spec":{"networkingConfig":{"securityGroups":` +
		`{"inlineSecurityGroups":` + section(groupSpec("own", 9999)) + `}}}}`)
	group := func(name string) string { return cloud.SecurityGroups + "/" + name }
	h.becomes("the groups have changed", func(all cloud.Snapshot) error {
		opens := func(name string, port int) error {
			text := textOf(all, group(name))
			return e2e.That(strings.Contains(text, fmt.Sprintf(`"port":%d`, port)),
				"%s is %s", name, text)
		}
		problems := []error{opens(h.Prefix+"-nodes", 2222),
			opens(h.Prefix+"-more", 8080), opens(last.inlineGroup(), 9999)}
		for _, m := range h.Machines {
			text := textOf(all, cloud.Machines+"/"+m.Name())
			problems = append(problems, e2e.That(
				strings.Contains(text, h.Prefix+`-more"`), "%s is %s", m.Name(), text))
		}
		return e2e.Both(problems...)
	})
	h.sameVMs()
	vms := []string{group(h.Prefix + "-nodes"), group(last.inlineGroup())}
	for _, m := range h.Machines {
		vms = append(vms, cloud.Machines+"/"+m.Name())
	}
	h.kept(h.CloudSnapshot(), vms...)
}

// Addresses and disks change on running machines.
func TestMachinesThatWereTakenOver(t *testing.T) {
	h := adopted(t)
	plainOne, last := h.Machines[1], h.Machines[2]
	address := cloud.PublicIPs + "/" + plainOne.Name() + "-public-ip"
	disk := func(name string) string { return cloud.Disks + "/" + last.Name() + "-" + name }
	sized := func(all cloud.Snapshot, name string, size int) error {
		text := textOf(all, name)
		return e2e.That(strings.Contains(text, fmt.Sprintf(`"amount":%d`, size)),
			"%s is %s", name, text)
	}

	plainOne.PatchEvroc(`{"spec":{"networkingConfig":{"publicIP":{"enabled":true}}}}`)
	last.PatchEvroc(`{"spec":{"rootDiskSize":33,"additionalDisks":[` +
		`{"name":"data","sizeGB":9},{"name":"logs","sizeGB":5},` +
		`{"name":"more","sizeGB":7}]}}`)
	h.becomes("the address and the disks have come", func(all cloud.Snapshot) error {
		vm := textOf(all, cloud.Machines+"/"+plainOne.Name())
		return e2e.Both(exist(all, address), sized(all, disk("data"), 9),
			sized(all, disk("boot-disk"), 33), sized(all, disk("more"), 7),
			e2e.That(strings.Contains(vm, plainOne.Name()+"-public-ip"), "%s", vm))
	})
	after := h.CloudSnapshot()
	h.findable(after, of(plainOne), address)
	h.findable(after, of(last), disk("more"))

	plainOne.PatchEvroc(`{"spec":{"networkingConfig":{"publicIP":{"enabled":false}}}}`)
	h.becomes("the address has gone", func(all cloud.Snapshot) error {
		return absent(all, address)
	})
	h.taken(h.objects()...)
	h.sameVMs()
}

// A new machine has our names and the cluster's groups. An old one goes with all
// that it has, and in the end all is gone but what others have made.
func TestTheLifeOfAClusterThatWasTakenOver(t *testing.T) {
	h := adopted(t)
	fresh := h.NewMachine("cp-9", e2e.MachineOptions{ControlPlane: true}).Provisioned()
	vm := fresh.VM()
	if prefix, there := fresh.View().Annotations[prefixAnnotation]; there {
		t.Errorf("the new machine has the prefix %s", prefix)
	}
	h.becomes("the new machine is in the groups and in the pool",
		func(all cloud.Snapshot) error {
			text := textOf(all, cloud.Machines+"/"+vm.ID)
			var problems []error
			for _, group := range []string{h.Prefix + "-nodes", h.Prefix + "-api",
				h.existingGroup()} {
				problems = append(problems, e2e.That(
					strings.Contains(text, "/"+group+`"`), "not in %s: %s", group, text))
			}
			members := h.members(all)
			return e2e.Both(append(problems, e2e.That(
				strings.Contains(members, "/"+vm.ID) &&
					strings.Contains(members, "/"+controlPlane.Name),
				"members %s", members))...)
		})
	before := h.CloudSnapshot()
	last := h.Machines[2]
	last.Delete()
	last.Gone()
	h.becomes("the old machine is gone with all that it had",
		func(all cloud.Snapshot) error {
			return e2e.Both(absent(all, last.Objects()...),
				e2e.That(len(all) == len(before)-len(last.Objects()),
					"%d objects, were %d", len(all), len(before)))
		})
	h.TearDown(h.Machines[0].Machine, h.Machines[1].Machine, fresh)
	h.onlyOthersLeft()
}

// The CCM's and the CSI driver's objects go with the cluster, by its ownership
// id.
func TestWhatTheDriversMadeGoesWithTheCluster(t *testing.T) {
	h := begin(t, provisioned()["Drivers"])
	h.unpause()
	h.taken(h.objects()...)
	h.TearDown(h.Machines[0].Machine, h.Machines[1].Machine)
	h.onlyOthersLeft()
}
