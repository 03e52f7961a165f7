package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
	"evroc.com/cluster-api-provider-evroc/tests/testenv"
)

// steps returns the steps of the demonstration.
func (d *demo) steps() []step {
	steps := []step{
		{title: "Start etcd, Kubernetes, Cluster API, evroc-sim, network-service, " +
			"compute-service and shim", limit: 4 * time.Minute, do: d.start},
		{title: "Note what the cloud holds: somebody else's network and address",
			limit: time.Minute, do: d.note},
		{title: "Render the template and apply it", limit: time.Minute, do: d.apply},
		{title: "Watch 3 control-plane nodes over 3 zones and 2 workers come up",
			limit: 8 * time.Minute, do: d.made},
		{title: "Scale the workers to 3", limit: 4 * time.Minute, do: d.scale},
		{title: "Lose a VM in the cloud; MachineHealthCheck replaces its machine",
			limit: 6 * time.Minute, do: d.lose},
	}
	if d.options.keep {
		steps = append(steps, step{title: "Look around", limit: year, do: d.stay})
	}
	return append(steps,
		step{title: "Delete the cluster", limit: 5 * time.Minute, do: d.remove},
		step{title: "Compare the cloud with what it held before",
			limit: time.Minute, do: d.compare})
}

// year is a limit that is never reached.
const year = 365 * 24 * time.Hour

// simSettings make the cloud slow enough to be watched.
const simSettings = `{"latency_ms": {"disk_create": 1000, "vm_create": 2000,
	"load_balancer_create": 1000}}`

func (d *demo) start(ctx context.Context) (err error) {
	d.env, err = testenv.Start(ctx, testenv.Options{
		Dir:         d.options.dir,
		Binaries:    d.options.tools,
		Manifests:   testenv.Deploy(d.options.root),
		Programs:    d.options.programs,
		Shim:        true,
		Workload:    true,
		RKE2:        true,
		SimSettings: simSettings,
		SimFlags:    []string{"--project=" + project},
		Progress:    &indented{screen: d.screen},
	})
	if err != nil {
		return err
	}
	for _, one := range d.env.Product.Programs() {
		d.screen.print(fmt.Sprintf("    %-15s  pid %-7d  %s", one.Name(),
			one.Process().Pid(), one.Address()))
	}
	d.cloud = cloud.New(d.env.Product.SimURL(), d.env.Product.Credentials())
	d.seen, err = newObserver(d.env.Management.Config(), d.cloud, clusterName,
		d.options.flavor.controlPlane)
	return err
}

// note makes an object in the cloud that the product must not touch, and stores
// the inventory.
func (d *demo) note(ctx context.Context) error {
	for _, one := range []struct {
		collection, id string
		spec           map[string]any
	}{
		{cloud.VPCs, "somebody-elses",
			map[string]any{"ipv4CidrBlocks": []any{"10.0.0.0/16"}}},
		{cloud.PublicIPs, "somebody-elses", map[string]any{}},
	} {
		err := d.cloud.API(ctx, http.MethodPost, project, one.collection, "",
			map[string]any{"metadata": map[string]any{"id": one.id},
				"spec": one.spec}, nil)
		if err != nil {
			return err
		}
	}
	if version := d.options.flavor.prebuilt; version != "" {
		if err := d.cloud.MakeCustomImage(ctx, project, image, version); err != nil {
			return err
		}
	}
	now, err := d.seen.look(ctx)
	d.before = now.Everything
	for _, one := range d.before {
		d.screen.print(fmt.Sprintf("    %s/%s", one.Collection, one.ID))
	}
	return err
}

// apply follows the instructions of docs/configuration.md.
func (d *demo) apply(ctx context.Context) error {
	credential, err := d.cloud.Credential("service-account.json")
	if err != nil {
		return err
	}
	const shownCredential = "$(base64 -w0 <service-account.json)"
	variables := []string{
		"EVROC_REGION=se-sto", "EVROC_PROJECT=" + project,
		"EVROC_VPC_NAME=" + clusterName, "EVROC_SUBNET_NAME=" + clusterName,
		"EVROC_FAILURE_DOMAINS=[a,b,c]",
	}
	if version := d.options.flavor.prebuilt; version != "" {
		variables = append(variables, "EVROC_IMAGE_NAME=custom:"+image,
			"KUBERNETES_VERSION="+version)
	}
	d.screen.print("    $ export " + strings.Join(variables, " "))
	d.screen.print("    $ export EVROC_KUBECONFIG_B64=" + shownCredential)
	variables = append(variables, "EVROC_KUBECONFIG_B64="+
		base64.StdEncoding.EncodeToString(credential))
	file := d.path(clusterName + ".yaml")
	d.screen.print(fmt.Sprintf("    $ clusterctl generate cluster %s --from %s "+
		"--control-plane-machine-count %d --worker-machine-count %d >%[1]s.yaml",
		clusterName, d.options.flavor.template, d.want.controlPlane, d.want.workers))
	rendered, err := d.output(ctx, variables, "clusterctl", "generate", "cluster",
		clusterName, "--from", d.options.root+"/"+d.options.flavor.template,
		"--control-plane-machine-count", fmt.Sprint(d.want.controlPlane),
		"--worker-machine-count", fmt.Sprint(d.want.workers))
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, rendered, 0o600); err != nil {
		return err
	}
	return d.shell(ctx, "kubectl", "apply", "-f", file)
}

// made waits until the cluster is in its desired state.
func (d *demo) made(ctx context.Context) error {
	err := d.until(ctx, func(s snapshot) error { return s.missing(d.want) })
	if err != nil {
		return err
	}
	return d.shell(ctx, "clusterctl", "describe", "cluster", clusterName)
}

func (d *demo) scale(ctx context.Context) error {
	d.want.workers = 3
	err := d.shell(ctx, "kubectl", "scale", "machinedeployment",
		clusterName+"-md-0", "--replicas=3")
	if err != nil {
		return err
	}
	return d.until(ctx, func(s snapshot) error { return s.missing(d.want) })
}

// shortHealthChecks is a patch with short timeouts for the template's health
// check.
const shortHealthChecks = `{"spec":{"checks":{` +
	`"unhealthyNodeConditions":[{"type":"Ready","status":"Unknown",` +
	`"timeoutSeconds":20}],` +
	`"unhealthyMachineConditions":[{"type":"InfrastructureReady",` +
	`"status":"False","timeoutSeconds":20}]}}}`

func (d *demo) lose(ctx context.Context) error {
	d.screen.print("    The template's health checks give a silent node 5 minutes " +
		"and a missing VM 20.\n    Nobody wants to watch that: at most 20 seconds here.")
	err := d.shell(ctx, "kubectl", "patch", "machinehealthcheck",
		clusterName+"-md-0", "--type=merge", "--patch="+shortHealthChecks)
	if err != nil {
		return err
	}
	now, err := d.seen.look(ctx)
	if err != nil {
		return err
	}
	machine, victim, err := now.worker()
	if err != nil {
		return err
	}
	d.screen.print(fmt.Sprintf("    $ curl -X POST $EVROC_SIM/sim/v1/vms/%s/%s/vanish",
		project, victim.ID))
	err = d.cloud.Act(ctx, cloud.Object{Project: project, ID: victim.ID},
		cloud.Vanish)
	if err != nil {
		return err
	}
	return d.until(ctx, func(s snapshot) error { return s.replaced(machine, d.want) })
}

func (d *demo) remove(ctx context.Context) error {
	err := d.shell(ctx, "kubectl", "delete", "cluster", clusterName, "--wait=false")
	if err != nil {
		return err
	}
	return d.until(ctx, snapshot.gone)
}

// compare checks that the cloud holds the same objects as before the cluster.
func (d *demo) compare(ctx context.Context) error {
	now, err := d.cloud.Inventory(ctx, "")
	if err != nil {
		return err
	}
	if err := unchanged(d.before, now); err != nil {
		return err
	}
	d.screen.print(fmt.Sprintf("    The same %d objects, nothing else.", len(now)))
	return nil
}
