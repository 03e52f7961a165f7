package cloud

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"evroc.com/cluster-api-provider-evroc/tests/contract/cloud/client"
)

// B.5.5: placement groups.
var placementClauses = []clause{
	{"B.5.5", stated, "a placement group of type spread gets Ready and shows its zone", func(t *trial) {
		group := t.ready(t.makePlacement())
		t.same("zone", group.At("status.placement.zone"), zone)
		t.same("strategy", group.At("spec.strategy"), obj{"type": "spread"})
	}},
	{"B.5.5", stated, "a strategy that is not in the enum is refused", func(t *trial) {
		t.refused(t.try(placements, obj{"placement": obj{"zone": zone}, "strategy": obj{"type": "heap"}}))
	}},
	{"B.5.5", stated, "a placement group takes at most 5 machines, and names them", (*trial).fillPlacement},
	{"B.9.5", stated, "a machine and its placement group share a zone", func(t *trial) {
		group := t.make(placements, obj{"placement": obj{"zone": otherZone}, "strategy": obj{"type": "spread"}})
		t.refused(t.try(machines, with(t.hopelessSpec(), t.ref(group), "placement", "placementGroupRef")))
	}},
}

func (t *trial) makePlacement() object {
	t.Helper()
	return t.make(placements, obj{"placement": obj{"zone": zone}, "strategy": obj{"type": "spread"}})
}

func (t *trial) fillPlacement() {
	const most = 5
	group := t.ready(t.makePlacement())
	for range most {
		t.make(machines, with(t.stoppedSpec(), t.ref(group), "placement", "placementGroupRef"))
	}
	t.until(group, quick, "full", func(v client.Value) bool {
		return len(v.At("status.virtualMachineRefs").Items()) == most
	})
	t.refused(t.try(machines, with(t.hopelessSpec(), t.ref(group), "placement", "placementGroupRef")))
}

// B.5.6: disks of machines that run.
var attachmentClauses = []clause{
	{"B.5.6", stated, "an attachment that is Ready has a serial of 32 hex digits", func(t *trial) {
		attachment, _ := t.attach()
		serial := attachment.At("status.serial").String()
		t.wants(regexp.MustCompile(`^[0-9a-fA-F]{32}$`).MatchString(serial), "the serial is %q", serial)
	}},
	{"B.5.6", stated, "an attachment has the system label compute.evroc.com/disk-attachment-disk with the disk's id", func(t *trial) {
		attachment, disk := t.attach()
		t.same("label", attachment.At("metadata.systemLabels").Member("compute.evroc.com/disk-attachment-disk"), disk.id)
	}},
	{"B.3", stated, "a selector joins a system label and a user label, in any order", func(t *trial) {
		attachment, disk := t.attach()
		system := "compute.evroc.com%2Fdisk-attachment-disk%3D" + disk.id
		user := runLabel + "%3D" + t.cloud.prefix
		for _, selector := range []string{system + "%2C" + user, user + "%2C" + system} {
			found := t.listed(attachments, selector)
			t.wants(slices.Equal(found, []string{attachment.id}), "it finds %v", found)
		}
	}},
	{"B.5.1", stated, "a machine shows its attachments, with attached and serial", func(t *trial) {
		attachment, disk := t.attach()
		machine, _, _ := t.running()
		entry := client.Value{}
		for _, each := range machine.At("status.hotswapDiskAttachments").Items() {
			if each.At("hotswapDiskAttachmentRef").String() == t.ref(attachment) {
				entry = each
			}
		}
		t.same("attached", entry.At("attached"), true)
		t.same("diskRef", entry.At("diskRef"), t.ref(disk))
		t.same("serial", entry.At("serial"), attachment.At("status.serial"))
	}},
	{"B.5.3", stated, "status.diskUsage of an attached disk is hotswap, with the attachment and the machine", func(t *trial) {
		attachment, disk := t.attach()
		usage := t.again(disk).At("status.diskUsage.0")
		t.same("useKind", usage.At("useKind"), "hotswap")
		t.same("attachmentRef", usage.At("attachmentRef"), t.ref(attachment))
		t.same("virtualMachineRef", usage.At("virtualMachineRef"), attachment.At("spec.virtualMachineRef"))
	}},
	{"B.5.6", stated, "a detach is over when GET of the attachment answers 404", func(t *trial) {
		attachment, disk := t.attach()
		t.accepted(t.delete(attachment))
		t.gone(attachment, quick)
		t.until(disk, quick, "unused", func(v client.Value) bool { return len(v.At("status.diskUsage").Items()) == 0 })
	}},
	{"B.5.3", stated, "a disk grows while it is attached", func(t *trial) {
		_, disk := t.attach()
		t.grow(disk)
	}},
	{"B.5.6", open, "a disk of a machine can't be attached as well", func(t *trial) {
		machine, disk, _ := t.running()
		t.refused(t.try(attachments, obj{"diskRef": t.ref(disk), "virtualMachineRef": t.ref(machine)}))
	}},
	{"B.5.6", open, "DELETE of a disk that is attached is accepted, and the disk stays until it is detached", func(t *trial) {
		attachment, disk := t.attach()
		t.accepted(t.delete(disk))
		t.again(disk)
		t.accepted(t.delete(attachment))
		t.gone(disk, quick)
	}},
}

// attach attaches a disk of its own to the running machine.
func (t *trial) attach() (attachment, disk object) {
	t.Helper()
	machine, _, _ := t.running()
	disk = t.ready(t.makeDisk())
	attachment = t.make(attachments, obj{"diskRef": t.ref(disk), "virtualMachineRef": t.ref(machine)})
	return t.ready(attachment), disk
}

// B.5.7, B.9.3, B.9.4: the catalogues.
var catalogueClauses = []clause{
	{"B.5.7", stated, "the profiles are listed at /compute/v1beta2/global/computeProfiles", func(t *trial) {
		t.find(t.catalogue(profilePath), smallProfile)
	}},
	{"B.5.7", stated, "the images are listed at /compute/v1beta2/global/diskImages/evroc", func(t *trial) {
		t.find(t.catalogue(imagePath), smallImage)
	}},
	{"B.5.7", stated, "a profile has vCPUs, processorArchitecture and memory", func(t *trial) {
		for _, each := range t.catalogue(profilePath).At("items").Items() {
			t.isCount(each.At("spec.vCPUs"), "vCPUs")
			t.isSize(each.At("spec.memory"), "memory")
			t.isOneOf(each.At("spec.processorArchitecture"), "amd64", "arm64")
		}
	}},
	{"B.5.7", stated, "gpus of a profile have model, quantity, and localDisk as a plain integer", func(t *trial) {
		for _, each := range t.catalogue(profilePath).At("items").Items() {
			if gpus := each.At("spec.gpus"); gpus.Exists() && !gpus.IsNull() {
				t.wants(gpus.At("model").String() != "", "the model is %s", gpus.At("model").Text())
				t.isCount(gpus.At("quantity"), "quantity")
				t.isCount(gpus.At("localDisk"), "localDisk")
			}
		}
	}},
	{"B.5.7", stated, "an image has osImage, osVersion, version and defaultSize", func(t *trial) {
		for _, each := range t.catalogue(imagePath).At("items").Items() {
			t.wants(each.At("spec.osImage").String() != "", "osImage is %s", each.At("spec.osImage").Text())
			t.wants(each.At("spec.osVersion").String() != "", "osVersion is %s", each.At("spec.osVersion").Text())
			_, isInteger := each.At("spec.version").Int()
			t.wants(isInteger, "version is %s", each.At("spec.version").Text())
			t.isSize(each.At("spec.defaultSize"), "defaultSize")
		}
	}},
	{"B.5.7", stated, "one entry of a catalogue is read by its id, which may hold a dot", func(t *trial) {
		t.same("id", t.catalogue(profilePath+"/"+smallProfile).At("metadata.id"), smallProfile)
		t.same("id", t.catalogue(imagePath+"/"+smallImage).At("metadata.id"), smallImage)
	}},
	{"B.5.7", open, "an entry that the catalogue lacks answers 404", func(t *trial) {
		t.refused(t.read(profilePath+"/none.xs"), http.StatusNotFound)
		t.refused(t.read(imagePath+"/toast.1-1.1"), http.StatusNotFound)
	}},
	{"B.5.7", stated, "the catalogues take a labelSelector", func(t *trial) {
		t.catalogue(profilePath + "?labelSelector=contract-nothing")
		t.catalogue(imagePath + "?labelSelector=contract-nothing")
	}},
	{"B.3", stated, "entries of the catalogue have neither project nor region nor systemLabels", func(t *trial) {
		for _, path := range []string{profilePath, imagePath} {
			metadata := t.catalogue(path).At("items.0.metadata")
			for _, member := range []string{"project", "region", "systemLabels"} {
				t.wants(!metadata.At(member).Exists(), "%s is there", member)
			}
			t.wants(uuid.MatchString(metadata.At("uid").String()), "the uid is %s", metadata.At("uid").Text())
			t.isTime("creationTimestamp", metadata.At("creationTimestamp"))
		}
	}},
	{"B.9.4", stated, "the series a1a, c1a and m1a have 4, 2 and 8 GB of memory per vCPU", func(t *trial) {
		perVCPU := map[string]int64{"a1a": 4, "c1a": 2, "m1a": 8}
		for _, each := range t.catalogue(profilePath).At("items").Items() {
			series, _, _ := strings.Cut(each.At("metadata.id").String(), ".")
			vcpus, _ := each.At("spec.vCPUs").Int()
			if per, known := perVCPU[series]; known {
				t.wants(megabytes(each.At("spec.memory")) == per*vcpus*1024, "%s has %s", each.At("metadata.id").Text(), each.At("spec").Text())
			}
		}
	}},
	{"B.9.4", stated, "the profiles a1a xs to 2xl, c1a s to 2xl and m1a s to xl exist, with 1 to 32 vCPUs", func(t *trial) {
		vcpus := map[string]int{"xs": 1, "s": 2, "m": 4, "l": 8, "xl": 16, "2xl": 32}
		list := t.catalogue(profilePath)
		for series, sizes := range map[string]string{"a1a": "xs s m l xl 2xl", "c1a": "s m l xl 2xl", "m1a": "s m l xl"} {
			for _, size := range strings.Fields(sizes) {
				t.same(series+"."+size, t.find(list, series+"."+size).At("spec.vCPUs"), vcpus[size])
			}
		}
	}},
	{"B.9.3", open, "the images of the API's list, of the SDK's constants and of Terraform's list exist", func(t *trial) {
		list := t.catalogue(imagePath)
		for _, each := range strings.Fields("ubuntu-minimal.24-04.1 ubuntu.24-04.1 ubuntu.22-04.1 rocky.10-0.1 rocky.10-1.1 rocky.9-5.1 " +
			"rocky.9-6.1 rocky.8-10.1 opensuse.15-6.1 opensuse.15-5.1 sles.15-6.1 sles.15-5.1 sles.16-0.1 sl-micro.6-1.1") {
			t.find(list, each)
		}
	}},
}

const (
	profilePath = "/compute/v1beta2/global/computeProfiles"
	imagePath   = "/compute/v1beta2/global/diskImages/evroc"
)

func (t *trial) catalogue(path string) client.Value {
	t.Helper()
	return t.accepted(t.read(path))
}

func (t *trial) isCount(v client.Value, what string) {
	t.Helper()
	count, isInteger := v.Int()
	t.wants(isInteger && count > 0, "%s is %s", what, v.Text())
}

func (t *trial) isSize(v client.Value, what string) {
	t.Helper()
	t.isCount(v.At("amount"), what+".amount")
	t.isOneOf(v.At("unit"), "KB", "MB", "GB", "TB")
}

func (t *trial) isOneOf(v client.Value, allowed ...string) {
	t.Helper()
	t.wants(slices.Contains(allowed, v.String()), "%s is none of %v", v.Text(), allowed)
}
