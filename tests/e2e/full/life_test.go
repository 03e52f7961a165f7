package full

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
)

// A cluster with three control planes over three zones and two workers is made,
// scaled out and in, rolled and removed.
func life(t *testing.T, name string, flavor e2e.Flavor, variables map[string]string) {
	c := stack(t).Make(t, name, e2e.FullOptions{
		Flavor: flavor, ControlPlane: 3, Workers: 2, Zones: zones, Variables: variables})
	c.Ready()
	spread(c)
	userDataIsUntouched(c)
	noFieldManagerNamedManager(c)
	c.Scale(3, 4)
	c.Scale(3, 1)
	rolled(c)
	c.Scale(1, 1)
	c.TearDown()
}

// The version has no v, which Cluster API and the boot script take as well.
func TestA3AndA10LifeOfAKubeadmCluster(t *testing.T) {
	version := strings.TrimPrefix(e2e.KubeadmFlavor.Versions[0], "v")
	life(t, "kubeadm", e2e.KubeadmFlavor, map[string]string{"KUBERNETES_VERSION": version})
}

func TestD1D2D4D5LifeOfAnRKE2Cluster(t *testing.T) {
	life(t, "rke2", e2e.RKE2Flavor, nil)
}

// spread checks IM-08: the control planes are in all zones, the workers in
// several.
func spread(c *e2e.FullCluster) {
	c.T.Helper()
	servers := map[string]int{}
	workers := map[string]int{}
	for _, m := range c.EvrocMachines() {
		if _, is := m.Labels["cluster.x-k8s.io/control-plane"]; is {
			servers[m.Status.FailureDomain]++
		} else {
			workers[m.Status.FailureDomain]++
		}
	}
	if len(servers) != 3 || len(workers) < 2 {
		c.T.Errorf("control planes in %v, workers in %v", servers, workers)
	}
}

// userDataIsUntouched checks D6: the machine gets the bytes that the bootstrap
// provider wrote, all of them, beside the key of spec.sshKey.
func userDataIsUntouched(c *e2e.FullCluster) {
	c.T.Helper()
	ctx := c.T.Context()
	machines, err := c.Machines(ctx)
	c.Do(err)
	for _, m := range machines {
		var secret corev1.Secret
		c.Do(c.Client.Get(ctx, client.ObjectKey{Namespace: c.Namespace,
			Name: *m.Spec.Bootstrap.DataSecretName}, &secret))
		data, err := c.Cloud.UserData(ctx, c.VM(m))
		c.Do(err)
		if !bytes.Contains(data, bytes.TrimSpace(secret.Data["value"])) ||
			!bytes.Contains(data, []byte("ssh_authorized_keys")) {
			c.T.Errorf("%s: %d bytes in the Secret, %d on the machine", m.Name,
				len(secret.Data["value"]), len(data))
		}
	}
}

// noFieldManagerNamedManager checks D9.
func noFieldManagerNamedManager(c *e2e.FullCluster) {
	c.T.Helper()
	for _, m := range c.EvrocMachines() {
		var managers []string
		for _, entry := range m.ManagedFields {
			managers = append(managers, entry.Manager)
		}
		if slices.Contains(managers, "manager") &&
			c.Options.Flavor.Name == e2e.RKE2 {
			c.T.Errorf("%s has field managers %v", m.Name, managers)
		}
		if !slices.Contains(managers, e2e.FieldManager) {
			c.T.Errorf("%s has field managers %v", m.Name, managers)
		}
	}
}

// rolled replaces all machines through a new template of another size.
func rolled(c *e2e.FullCluster) {
	c.T.Helper()
	before := c.EvrocMachines()
	for _, suffix := range []string{e2e.ControlPlaneSuffix,
		e2e.WorkersSuffix} {
		newTemplate(c, suffix, func(spec map[string]any) {
			spec["computeProfile"] = "c1a.m"
		})
	}
	known := map[string]bool{}
	for _, m := range before {
		known[m.Name] = true
	}
	e2e.Within(c.T, e2e.Long, "all machines are replaced",
		func(context.Context) error {
			for _, m := range c.EvrocMachines() {
				if known[m.Name] {
					return e2e.That(false, "%s is there still", m.Name)
				}
			}
			return nil
		})
	c.Ready()
}

// newTemplate makes a changed copy of a machine template and sets it in the
// owner.
func newTemplate(c *e2e.FullCluster, suffix string,
	change func(spec map[string]any)) {
	c.T.Helper()
	ctx := c.T.Context()
	old, err := c.Read(ctx, e2e.MachineTemplateKind, suffix)
	c.Do(err)
	spec, _, err := unstructured.NestedMap(old.Object, "spec")
	c.Do(err)
	change(spec["template"].(map[string]any)["spec"].(map[string]any))
	next := e2e.Evroc(e2e.MachineTemplateKind, c.Namespace,
		c.Name+suffix+"-2", spec)
	c.Do(c.Client.Create(ctx, next))
	c.PointTo(suffix, next.GetName())
}
