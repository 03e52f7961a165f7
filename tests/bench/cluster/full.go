package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/testenv"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
)

// full runs the mode with Cluster API's real managers.
func full(ctx context.Context, o options) (_ *report, err error) {
	h, err := newHarness(ctx, o, "full", testenv.Options{Workload: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	h.report.Clusters = o.clusters
	h.report.Machines = o.clusters * (o.controlPlane + o.workers)
	if err := h.startShim(ctx); err != nil {
		return h.report, err
	}
	template, err := h.render(ctx)
	if err != nil {
		return h.report, err
	}
	h.recordMemory("a start")
	err = h.during(ctx, "create", func(ctx context.Context) error {
		if err := h.applyAll(ctx, template); err != nil {
			return err
		}
		return h.await(ctx, h.allReady)
	})
	h.report.Latency = h.meter.latency()
	if err == nil {
		err = h.steady(ctx)
	}
	if err == nil {
		err = h.during(ctx, "delete", h.deleteAll)
	}
	if err == nil {
		err = h.bareWrites(ctx)
	}
	return h.report, err
}

// placeholder is a cluster name that occurs nowhere else in a template.
const placeholder = "benchcluster"

// render renders our kubeadm flavour.
func (h *harness) render(ctx context.Context) (string, error) {
	credential, err := h.cloud.Credential("profile.yaml")
	if err != nil {
		return "", err
	}
	command := exec.CommandContext(ctx,
		binaries.Default().Path(binaries.Clusterctl), "generate", "cluster",
		placeholder, "--target-namespace", namespace, "--from",
		filepath.Join(e2e.Root(), "templates", "cluster-template.yaml"))
	command.Env = append(os.Environ(),
		"EVROC_REGION=se-sto", "EVROC_PROJECT="+e2e.Project,
		"EVROC_KUBECONFIG_B64="+base64.StdEncoding.EncodeToString(credential),
		"EVROC_VPC_NAME="+placeholder, "EVROC_SUBNET_NAME="+placeholder,
		"EVROC_FAILURE_DOMAINS=[a,b,c]", "KUBERNETES_VERSION=v1.34.1",
		fmt.Sprintf("CONTROL_PLANE_MACHINE_COUNT=%d", h.o.controlPlane),
		fmt.Sprintf("WORKER_MACHINE_COUNT=%d", h.o.workers))
	command.Stderr = os.Stderr
	output, err := command.Output()
	return string(output), err
}

func clusterName(n int) string { return fmt.Sprintf("b%04d", n) }

func (h *harness) applyAll(ctx context.Context, template string) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for n := range h.o.clusters {
		group.Go(func() error {
			objects, err := e2e.ParseObjects([]byte(
				strings.ReplaceAll(template, placeholder, clusterName(n))))
			if err != nil {
				return err
			}
			for _, object := range objects {
				if err := h.apply(ctx, object); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// apply retries: webhooks may be slow under load.
func (h *harness) apply(ctx context.Context,
	object *unstructured.Unstructured) error {
	return e2e.Await(ctx, 2*time.Minute, func(ctx context.Context) error {
		return h.client.Apply(ctx,
			client.ApplyConfigurationFromUnstructured(object.DeepCopy()),
			client.FieldOwner("bench"), client.ForceOwnership)
	})
}

// allReady returns an error with the number of machines that have no node yet.
func (h *harness) allReady(ctx context.Context) error {
	var machines clusterv1.MachineList
	err := h.client.List(ctx, &machines, client.InNamespace(namespace))
	if err != nil {
		return err
	}
	with := 0
	for _, m := range machines.Items {
		if m.Status.NodeRef.Name != "" {
			with++
		}
	}
	return e2e.That(with == h.report.Machines && with == len(machines.Items),
		"%d of %d machines have a node, %d are provisioned", with,
		h.report.Machines, h.meter.count())
}

// deleteAll deletes the Clusters and waits until the cloud is empty.
func (h *harness) deleteAll(ctx context.Context) error {
	var clusters clusterv1.ClusterList
	err := h.client.List(ctx, &clusters, client.InNamespace(namespace))
	if err != nil {
		return err
	}
	for _, c := range clusters.Items {
		if err := h.client.Delete(ctx, &c); err != nil {
			return err
		}
	}
	return h.await(ctx, h.nothingLeft)
}

func (h *harness) nothingLeft(ctx context.Context) error {
	left, err := h.cloud.Inventory(ctx, "")
	if err != nil {
		return err
	}
	var clusters clusterv1.ClusterList
	err = h.client.List(ctx, &clusters, client.InNamespace(namespace))
	return e2e.Both(err, e2e.That(len(left)+len(clusters.Items) == 0,
		"%d clusters, %d objects in the cloud", len(clusters.Items), len(left)))
}
