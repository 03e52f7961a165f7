package cloud

import (
	"net/http"
	"slices"

	"evroc.com/cluster-api-provider-evroc/tests/contract/cloud/client"
)

var (
	buckets        = kind{"storage", "v1", "buckets", "Bucket"}
	bucketAccounts = kind{"storage", "v1", "bucketServiceAccounts", "BucketServiceAccount"}
	customImages   = kind{"compute", "v1beta2", "customDiskImages", "CustomDiskImage"}
)

// B.5.8, B.4: custom disk images.
var imageClauses = []clause{
	{"B.5.8", stated, "a custom image whose bucket and account exist gets Ready", func(t *trial) {
		t.until(t.makeImage(), diskReady, "Ready", isReady)
	}},
	{"B.5.8", stated, "the references of a custom image come back as sent", func(t *trial) {
		spec := t.imageSpec()
		image := t.make(customImages, spec)
		t.same("source", t.again(image).At("spec.source"), spec["source"])
		t.same("defaultDiskSize", t.again(image).At("spec.defaultDiskSize"), spec["defaultDiskSize"])
	}},
	{"B.5.8", stated, "a PATCH of a custom image may name the description alone", func(t *trial) {
		image := t.makeImage()
		changed := t.accepted(t.patchSpec(image, obj{"description": "another"}))
		t.same("description", changed.At("spec.description"), "another")
		t.same("source", changed.At("spec.source"), image.At("spec.source"))
	}},
	{"B.5.8", stated, "osName, osVersion and imageVersion may be patched", func(t *trial) {
		texts := obj{"osName": "an OS", "osVersion": "12", "imageVersion": "3"}
		changed := t.accepted(t.patchSpec(t.makeImage(), texts))
		for name, value := range texts {
			t.same(name, changed.At("spec."+name), value)
		}
	}},
	{"B.5.8", stated, "architecture, defaultDiskSize and source never change", func(t *trial) {
		image := t.makeImage()
		t.refused(t.patchSpec(image, obj{"defaultDiskSize": obj{"amount": 3, "unit": "GB"}}))
		t.refused(t.patchSpec(image, obj{"source": obj{"path": "images/another.raw"}}))
	}},
	{"B.5.8", stated, "the architecture is amd64", func(t *trial) {
		t.refused(t.try(customImages, with(t.imageSpec(), "s390x", "architecture")))
	}},
	{"B.5.8", stated, "the path ends with .qcow2, .vhdx or .raw", func(t *trial) {
		t.refused(t.try(customImages, with(t.imageSpec(), "images/disk.iso", "source", "path")))
	}},
	{"B.5.8", stated, "architecture, defaultDiskSize, bucketRef, serviceAccountRef and path are required", func(t *trial) {
		for _, member := range []string{"architecture", "defaultDiskSize"} {
			spec := t.imageSpec()
			delete(spec, member)
			t.refused(t.try(customImages, spec))
		}
		for _, member := range []string{"bucketRef", "serviceAccountRef", "path"} {
			spec := t.imageSpec()
			delete(spec["source"].(obj), member)
			t.refused(t.try(customImages, spec))
		}
	}},
	{"B.5.8", stated, "a disk from a custom image without a size has its defaultDiskSize", func(t *trial) {
		image := t.until(t.makeImage(), diskReady, "Ready", isReady)
		disk := t.make(disks, t.fromImage(t.ref(image)))
		t.until(disk, quick, "2 GB large", func(v client.Value) bool {
			return megabytes(v.At("spec.diskSize")) == 2048 || megabytes(v.At("status.diskSize")) == 2048
		})
	}},
	{"B.4", stated, "a disk from a custom image of another project is refused", func(t *trial) {
		t.offersImages()
		ref := "/compute/projects/another-project/regions/" + t.cloud.Region + "/customDiskImages/any"
		t.refused(t.try(disks, t.fromImage(ref)))
	}},
	{"B.9.1", stated, "a disk from a custom image that does not exist is refused", func(t *trial) {
		t.offersImages()
		t.refused(t.try(disks, t.fromImage(t.fqid(customImages, t.newID()))))
	}},
	{"B.5.8", open, "a custom image may be deleted while a disk names it, and the disk stays", func(t *trial) {
		image := t.until(t.makeImage(), diskReady, "Ready", isReady)
		disk := t.make(disks, t.fromImage(t.ref(image)))
		t.accepted(t.delete(image))
		t.gone(image, diskReady)
		t.again(disk)
	}},
	{"B.3", stated, "custom images are listed, and found by their labels", func(t *trial) {
		t.offersImages()
		image := t.makeLabelled(customImages, t.imageSpec(), map[string]string{"shade": "dark"})
		found := t.listed(customImages, "shade%3Ddark%2C"+runLabel+"%3D"+t.cloud.prefix)
		t.wants(slices.Equal(found, []string{image.id}), "it finds %v", found)
	}},
}

// B.11: as far as custom images need it.
var bucketClauses = []clause{
	{"B.11", stated, "a bucket with an empty spec is accepted, and changes by PATCH", func(t *trial) {
		bucket := t.makeBucket()
		changed := t.accepted(t.patchSpec(bucket, obj{"objectRetentionMode": "Versioned"}))
		t.same("objectRetentionMode", changed.At("spec.objectRetentionMode"), "Versioned")
	}},
	{"B.11", stated, "a bucket service account gets Ready and names the secret with its keys", func(t *trial) {
		account := t.makeBucketAccount(t.makeBucket())
		secret := t.accepted(t.read(t.path(kind{"storage", "v1", "bucketServiceAccountSecrets", ""},
			account.At("status.s3CredentialsSecretName").String())))
		for _, member := range []string{"accessKeyID", "secretAccessKey"} {
			t.wants(secret.At("data."+member).String() != "", "there is no %s", member)
		}
	}},
	{"B.11", stated, "a bucket never goes back to Disabled", func(t *trial) {
		bucket := t.make(buckets, obj{"objectRetentionMode": "Versioned"})
		t.refused(t.patchSpec(bucket, obj{"objectRetentionMode": "Disabled"}))
	}},
	{"B.11", stated, "a bucket and its account are deleted without a pause", func(t *trial) {
		bucket := t.makeBucket()
		account := t.makeBucketAccount(bucket)
		for _, each := range []object{account, bucket} {
			t.accepted(t.delete(each))
		}
		for _, each := range []object{account, bucket} {
			t.gone(each, quick)
		}
	}},
}

func (t *trial) makeBucket() object {
	t.Helper()
	answer := t.read(t.collection(buckets))
	if answer.Status == http.StatusNotFound || answer.Status == http.StatusForbidden {
		t.unable(notOffered, "there are no buckets")
	}
	return t.make(buckets, obj{})
}

func (t *trial) makeBucketAccount(bucket object) object {
	t.Helper()
	account := t.make(bucketAccounts, obj{"buckets": list{bucket.id}})
	return t.until(account, quick, "with a secret", func(v client.Value) bool {
		return isReady(v) && v.At("status.s3CredentialsSecretName").String() != ""
	})
}

// offersImages ends the trial where evroc has not enabled custom images.
func (t *trial) offersImages() {
	t.Helper()
	answer := t.read(t.collection(customImages))
	if answer.Status == http.StatusNotFound || answer.Status == http.StatusForbidden {
		t.unable(notOffered, "there are no custom images")
	}
}

// imageSpec names the bucket and the account that all images of a run share.
func (t *trial) imageSpec() obj {
	t.Helper()
	t.offersImages()
	made := t.sharedOnce(&t.cloud.shared.source, func(m *trial) {
		bucket := m.makeBucket()
		m.cloud.shared.source.objects = []object{bucket, m.makeBucketAccount(bucket)}
	})
	return obj{"architecture": "amd64", "defaultDiskSize": obj{"amount": 2, "unit": "GB"}, "source": obj{
		"bucketRef": t.ref(made.objects[0]), "serviceAccountRef": t.ref(made.objects[1]), "path": "images/none.raw"}}
}

func (t *trial) makeImage() object {
	t.Helper()
	return t.make(customImages, t.imageSpec())
}

func (t *trial) fromImage(ref string) obj {
	return obj{"placement": obj{"zone": zone}, "source": obj{"type": "image", "diskImageRef": ref}}
}
