package cloud

import (
	"net/http"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/contract/cloud/client"
)

// B.5.3: disks.
var diskClauses = []clause{
	{"B.5.3", stated, "a disk without a source is blank and gets Ready", func(t *trial) { t.ready(t.makeDisk()) }},
	{"B.5.3", stated, "spec.diskSize comes back with the amount and the unit that were sent", func(t *trial) {
		disk := t.makeDisk()
		for _, each := range []object{disk, t.ready(disk)} {
			t.same("spec.diskSize", each.At("spec.diskSize"), obj{"amount": 1024, "unit": "MB"})
		}
	}},
	{"B.5.3", stated, "a disk that is Ready shows its size and zone in its status", func(t *trial) {
		disk := t.ready(t.makeDisk())
		t.wants(megabytes(disk.At("status.diskSize")) == 1024, "status.diskSize is %s", disk.At("status.diskSize").Text())
		t.same("zone", disk.At("status.placement.zone"), zone)
	}},
	{"B.5.3", stated, "a disk grows in place: PATCH of the whole object, and status.diskSize follows", func(t *trial) {
		t.grow(t.ready(t.makeDisk()))
	}},
	{"B.5.3", stated, "a disk in GB grows by a size in MB", func(t *trial) {
		disk := t.ready(t.make(disks, obj{"diskSize": obj{"amount": 1, "unit": "GB"}, "placement": obj{"zone": zone}}))
		t.grow(disk)
	}},
	{"B.5.3", stated, "the disk of a running machine grows", func(t *trial) {
		disk := t.makeDisk()
		t.ready(t.make(machines, t.machineSpec(disk)))
		t.grow(t.again(disk))
	}},
	{"B.5.3", stated, "a disk never shrinks", func(t *trial) {
		disk := t.ready(t.make(disks, blankDisk(2048)))
		t.refused(t.patchSpec(disk, obj{"diskSize": obj{"amount": 1024, "unit": "MB"}}))
	}},
	{"B.5.3", stated, "a blank disk without a size is refused", func(t *trial) {
		t.refused(t.try(disks, obj{"placement": obj{"zone": zone}}))
	}},
	{"B.9.1", stated, "a disk without a zone is refused with 400", func(t *trial) {
		t.refused(t.try(disks, with(blankDisk(1024), obj{}, "placement")), http.StatusBadRequest)
	}},
	{"B.5.3", stated, "the units of a size are KB, MB, GB and TB", func(t *trial) {
		t.refused(t.try(disks, with(blankDisk(1), "GiB", "diskSize", "unit")))
	}},
	{"B.5.3", stated, "a disk's zone never changes", func(t *trial) {
		t.refused(t.patchSpec(t.makeDisk(), obj{"placement": obj{"zone": otherZone}}))
	}},
	{"B.5.3", stated, "a disk's source never changes", func(t *trial) {
		t.refused(t.patchSpec(t.makeDisk(), obj{"source": obj{"type": "image", "diskImageRef": imageRef(smallImage)}}))
	}},
	{"B.5.3", stated, "a disk of type image needs diskImageRef", func(t *trial) {
		t.refused(t.try(disks, with(blankDisk(20480), obj{"type": "image"}, "source")))
	}},
	{"B.5.3", stated, "a disk of type snapshot needs snapshotRef", func(t *trial) {
		t.refused(t.try(disks, with(blankDisk(20480), obj{"type": "snapshot"}, "source")))
	}},
	{"B.5.3", stated, "a blank disk forbids diskImageRef", func(t *trial) {
		t.refused(t.try(disks, with(blankDisk(20480), obj{"type": "blank", "diskImageRef": imageRef(smallImage)}, "source")))
	}},
	{"B.9.1", stated, "a disk of an unknown image is refused", func(t *trial) {
		t.refused(t.try(disks, with(blankDisk(20480), obj{"type": "image", "diskImageRef": imageRef("toast.1-1.1")}, "source")))
	}},
	{"B.5.3", stated, "a disk from an image without a size has the image's default size, and gets Ready", func(t *trial) {
		image := t.accepted(t.read("/compute/v1beta2/global/diskImages/evroc/" + smallImage))
		disk := t.make(disks, obj{"placement": obj{"zone": zone},
			"source": obj{"type": "image", "diskImageRef": imageRef(smallImage)}})
		disk = t.ready(disk)
		t.wants(megabytes(disk.At("status.diskSize")) == megabytes(image.At("spec.defaultSize")),
			"status.diskSize is %s, defaultSize %s", disk.At("status.diskSize").Text(), image.At("spec.defaultSize").Text())
	}},
	{"B.5.3", stated, "DELETE of a disk that is still being made is accepted", func(t *trial) {
		disk := t.make(disks, obj{"placement": obj{"zone": zone},
			"source": obj{"type": "image", "diskImageRef": imageRef(smallImage)}})
		t.accepted(t.delete(disk))
	}},
	{"B.5.3", stated, "an unattached disk answers no GET any more 2 s after its DELETE", func(t *trial) {
		disk := t.ready(t.makeDisk())
		t.accepted(t.delete(disk))
		deadline := time.Now().Add(time.Duration(2 * timeFactor() * float64(time.Second)))
		for t.read(t.path(disks, disk.id)).Status != http.StatusNotFound {
			t.wants(time.Now().Before(deadline), "it is still there")
			t.sleep(100 * time.Millisecond)
		}
	}},
}

func megabytes(size client.Value) int64 {
	amount, _ := size.At("amount").Int()
	switch size.At("unit").String() {
	case "TB":
		return amount << 20
	case "GB":
		return amount << 10
	case "KB":
		return amount >> 10
	}
	return amount
}

// grow grows a disk as the CSI driver does it.
func (t *trial) grow(disk object) {
	t.Helper()
	const wanted = 3072
	changed := t.accepted(t.unlessConflict(func() client.Answer {
		return t.patch(disk, t.again(disk).Edited("spec.diskSize", obj{"amount": wanted, "unit": "MB"}))
	}))
	t.same("spec.diskSize", changed.At("spec.diskSize"), obj{"amount": wanted, "unit": "MB"})
	t.until(disk, quick, "3072 MB large", func(v client.Value) bool { return megabytes(v.At("status.diskSize")) == wanted })
}

// B.5.4: snapshots.
var snapshotClauses = []clause{
	{"B.5.4", stated, "a snapshot has creationTime, restoreSize, and its zone in placement.zones", func(t *trial) {
		disk := t.ready(t.makeDisk())
		snapshot := t.ready(t.make(snapshots, obj{"diskRef": t.ref(disk)}))
		t.isTime("creationTime", snapshot.At("status.creationTime"))
		t.wants(megabytes(snapshot.At("status.restoreSize")) == 1024, "restoreSize is %s", snapshot.At("status.restoreSize").Text())
		t.same("zones", snapshot.At("status.placement.zones"), zone)
	}},
	{"B.5.3", stated, "a disk from a snapshot without a size has its restoreSize", func(t *trial) {
		snapshot := t.makeSnapshot()
		disk := t.ready(t.make(disks, obj{"placement": obj{"zone": zone}, "source": fromSnapshot(t.ref(snapshot))}))
		t.wants(megabytes(disk.At("status.diskSize")) == 1024, "it is %s", disk.At("status.diskSize").Text())
	}},
	{"B.5.3", stated, "a disk from a snapshot is at least of its restoreSize", func(t *trial) {
		t.refused(t.try(disks, with(blankDisk(512), fromSnapshot(t.ref(t.makeSnapshot())), "source")))
	}},
	{"B.5.4", open, "a disk from a snapshot of another zone is refused with 403 by disk-webhook.evroc.com", func(t *trial) {
		spec := with(blankDisk(1024), fromSnapshot(t.ref(t.makeSnapshot())), "source")
		answer := t.try(disks, with(spec, otherZone, "placement", "zone"))
		t.refused(answer, http.StatusForbidden)
		t.says(answer, "disk-webhook.evroc.com")
	}},
	{"B.5.4", open, "the source disk may be deleted, and the snapshot stays usable", func(t *trial) {
		source := t.ready(t.makeDisk())
		snapshot := t.ready(t.make(snapshots, obj{"diskRef": t.ref(source)}))
		t.accepted(t.delete(source))
		t.gone(source, removal)
		t.same("diskRef", t.again(snapshot).At("spec.diskRef"), t.ref(source))
		t.ready(t.make(disks, obj{"placement": obj{"zone": zone}, "source": fromSnapshot(t.ref(snapshot))}))
	}},
}

func fromSnapshot(ref string) obj { return obj{"type": "snapshot", "snapshotRef": ref} }

func (t *trial) makeSnapshot() object {
	t.Helper()
	return t.ready(t.make(snapshots, obj{"diskRef": t.ref(t.ready(t.makeDisk()))}))
}
