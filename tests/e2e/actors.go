package e2e

import (
	"context"
	"fmt"
	"maps"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// ClusterOptions say how a cluster of the API suite differs from the default:
// one subnet in zone a, a load balancer, and nodes that the shim does not
// initialize.
type ClusterOptions struct {
	// Spec changes the EvrocCluster's spec before it is made.
	Spec func(spec map[string]any)
	// Zones that the subnet is divided among, if there are several.
	Zones []string
	// Namespace other than the fixture's.
	Namespace string
	// Credential is the name of the simulator's credential file; profile.yaml if
	// empty.
	Credential string
	// WithoutSecret leaves the credential Secret out.
	WithoutSecret bool
	// WithoutOwner leaves the EvrocCluster's ownerRef out, as before core has
	// seen it.
	WithoutOwner bool
	// Change changes Cluster and EvrocCluster before they are made.
	Change func(*clusterv1.Cluster, *unstructured.Unstructured)
}

// Cluster is a test's handle on a Cluster and its EvrocCluster.
type Cluster struct {
	*Fixture
	Object *clusterv1.Cluster
}

// NewCluster makes credentials, a Cluster and its EvrocCluster.
func (f *Fixture) NewCluster(name string, options ClusterOptions) *Cluster {
	f.T.Helper()
	ctx := f.T.Context()
	if options.Namespace == "" {
		options.Namespace = f.Namespace
	}
	c := &Cluster{Fixture: f, Object: NewCluster(options.Namespace, name)}
	if !options.WithoutSecret {
		f.Do(f.Create(ctx, c.Secret(options.Credential)))
	}
	evroc := Evroc(ClusterKind, options.Namespace, name, c.spec(options))
	f.label(c.Object, evroc)
	if options.Change != nil {
		options.Change(c.Object, evroc)
	}
	f.Do(f.Create(ctx, c.Object))
	if !options.WithoutOwner {
		evroc.SetOwnerReferences(append(evroc.GetOwnerReferences(),
			OwnerOf(c.Object, "Cluster")))
		labels := evroc.GetLabels()
		if labels == nil {
			labels = map[string]string{}
		}
		labels[clusterv1.ClusterNameLabel] = name
		evroc.SetLabels(labels)
	}
	f.Do(f.Create(ctx, evroc))
	return c
}

// label gives objects the label that the fixture's shim filters by.
func (f *Fixture) label(objects ...client.Object) {
	if !f.options.Everywhere {
		return
	}
	for _, object := range objects {
		labels := object.GetLabels()
		if labels == nil {
			labels = map[string]string{}
		}
		labels[clusterv1.WatchLabel] = f.Namespace
		object.SetLabels(labels)
	}
}

func (c *Cluster) spec(options ClusterOptions) map[string]any {
	name := c.Object.Name
	spec := map[string]any{
		"identitySecretName": c.SecretName(),
		"network": map[string]any{
			"vpc": map[string]any{"name": name + "-net"},
			"subnets": []any{map[string]any{
				"name": name + "-net", "cidrBlock": "10.0.8.0/22",
			}},
		},
		"nodeInitialization": "external",
	}
	if len(options.Zones) > 0 {
		var zones []any
		for _, zone := range options.Zones {
			zones = append(zones, zone)
		}
		spec["failureDomains"] = zones
	}
	if options.Spec != nil {
		options.Spec(spec)
	}
	return spec
}

// SecretName returns the name of the credential Secret.
func (c *Cluster) SecretName() string { return c.Object.Name + "-credentials" }

// Secret returns a Secret with a credential of the simulator. The API in it is
// the fixture's fault proxy.
func (c *Cluster) Secret(file string) *corev1.Secret {
	c.T.Helper()
	if file == "" {
		file = "profile.yaml"
	}
	content, err := c.Cloud.Credential(file)
	c.Do(err)
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: c.Object.Namespace, Name: c.SecretName(),
			Labels: map[string]string{clusterv1.ClusterNameLabel: c.Object.Name},
		},
		Data: map[string][]byte{"config": c.throughProxy(content)},
	}
	return secret
}

// throughProxy replaces the address of the API, but not that of the token
// endpoint, by the proxy's.
func (f *Fixture) throughProxy(credential []byte) []byte {
	text := string(credential)
	for _, field := range []string{"apiURL: ", `"base_url":"`, "server: "} {
		text = strings.ReplaceAll(text, field+f.Cloud.URL,
			field+f.CloudAPI.URL())
	}
	return []byte(text)
}

// Key returns the Cluster's key.
func (c *Cluster) Key() client.ObjectKey {
	return client.ObjectKeyFromObject(c.Object)
}

// EvrocKey returns the EvrocCluster's key.
func (c *Cluster) EvrocKey() client.ObjectKey { return infrastructureKey(c.Object) }

// KeyFor returns the key of another object in the cluster's namespace.
func (c *Cluster) KeyFor(name string) client.ObjectKey {
	return client.ObjectKey{Namespace: c.Object.Namespace, Name: name}
}

// View reads the EvrocCluster.
func (c *Cluster) View() ClusterView {
	c.T.Helper()
	view, err := c.Look(c.T.Context())
	c.Do(err)
	return view
}

// Look is View for callers that go on after an error.
func (c *Cluster) Look(ctx context.Context) (ClusterView, error) {
	return Get[ClusterView](ctx, c.Client, ClusterKind, c.EvrocKey())
}

// Until waits until check finds nothing wrong with the EvrocCluster.
func (c *Cluster) Until(what string, check func(ClusterView) error) {
	c.T.Helper()
	Eventually(c.T, "EvrocCluster "+c.Object.Name+" "+what,
		func(ctx context.Context) error {
			view, err := c.Look(ctx)
			if err != nil {
				return err
			}
			return check(view)
		})
}

// AwaitMention waits until a condition names the field.
func (c *Cluster) AwaitMention(field string) {
	c.T.Helper()
	c.Until("names "+field, func(v ClusterView) error {
		if v.Status.Provisioned() {
			return v.Status.MentionsField(field) // Ready is of what serves
		}
		return Both(v.Status.Is("Ready", metav1.ConditionFalse),
			v.Status.MentionsField(field))
	})
}

// Provisioned waits until the EvrocCluster is provisioned, and then does what
// core does next.
func (c *Cluster) Provisioned() *Cluster {
	c.T.Helper()
	Eventually(c.T, "EvrocCluster "+c.Object.Name+" is provisioned",
		func(ctx context.Context) error {
			if err := c.Refresh(ctx); err != nil {
				return err
			}
			return c.MirrorCluster(ctx, c.Object)
		})
	return c
}

// Refresh reads the Cluster again.
func (c *Cluster) Refresh(ctx context.Context) error {
	return c.Client.Get(ctx, c.Key(), c.Object)
}

// ReadyTrue waits until the condition Ready is True.
func (c *Cluster) ReadyTrue() {
	c.T.Helper()
	c.Until("is ready", func(v ClusterView) error {
		return v.Status.Is("Ready", metav1.ConditionTrue)
	})
}

// OwnerID returns the cluster's id, which labels its objects in the cloud.
func (c *Cluster) OwnerID() string {
	c.T.Helper()
	return c.View().Annotations[OwnerIDAnnotation]
}

// PatchEvroc applies a merge patch to the EvrocCluster.
func (c *Cluster) PatchEvroc(patch string) {
	c.T.Helper()
	c.Do(c.merge(c.T.Context(), ClusterKind, c.EvrocKey(), patch))
}

// PatchCluster applies a merge patch to the Cluster.
func (c *Cluster) PatchCluster(patch string) {
	c.T.Helper()
	c.Do(c.Client.Patch(c.T.Context(), c.Object,
		client.RawPatch(types.MergePatchType, []byte(patch))))
}

// merge patches one of our objects.
func (f *Fixture) merge(ctx context.Context, kind schema.GroupVersionKind,
	key client.ObjectKey, patch string) error {
	object := Evroc(kind, key.Namespace, key.Name, nil)
	return f.Client.Patch(ctx, object,
		client.RawPatch(types.MergePatchType, []byte(patch)))
}

// DeleteEvroc deletes the EvrocCluster, without waiting.
func (c *Cluster) DeleteEvroc() {
	c.T.Helper()
	c.Do(client.IgnoreNotFound(c.Client.Delete(c.T.Context(),
		Evroc(ClusterKind, c.Object.Namespace, c.EvrocKey().Name, nil))))
}

// DeleteCluster deletes the Cluster, without waiting. Core's finalizer keeps
// it.
func (c *Cluster) DeleteCluster() {
	c.T.Helper()
	c.Do(client.IgnoreNotFound(c.Client.Delete(c.T.Context(), c.Object)))
}

// EvrocGone waits until the EvrocCluster is gone.
func (c *Cluster) EvrocGone() {
	c.T.Helper()
	Eventually(c.T, "EvrocCluster "+c.Object.Name+" is gone",
		func(ctx context.Context) error {
			return Gone(ctx, c.Client, ClusterKind, c.EvrocKey())
		})
}

// TearDown deletes everything in core's order and waits for the end.
func (c *Cluster) TearDown(machines ...*Machine) {
	c.T.Helper()
	c.DeleteCluster()
	for _, m := range machines {
		m.Delete()
	}
	for _, m := range machines {
		m.Gone()
	}
	c.DeleteEvroc()
	c.EvrocGone()
	c.Do(c.Release(c.T.Context(), c.Object))
}

// MachineOptions say how a machine differs from the default: a worker with
// bootstrap data.
type MachineOptions struct {
	ControlPlane bool
	// Zone is Machine.spec.failureDomain.
	Zone string
	// Spec changes the EvrocMachine's spec before it is made.
	Spec func(spec map[string]any)
	// Bootstrap is the content of the bootstrap Secret; DefaultBootstrap if nil.
	Bootstrap map[string][]byte
	// WithoutBootstrap leaves dataSecretName unset.
	WithoutBootstrap bool
	// WithoutOwner leaves the EvrocMachine's ownerRef out.
	WithoutOwner bool
	// Change changes Machine and EvrocMachine before they are made.
	Change func(*clusterv1.Machine, *unstructured.Unstructured)
}

// Machine is a test's handle on a Machine and its EvrocMachine.
type Machine struct {
	*Fixture
	Cluster *Cluster
	Object  *clusterv1.Machine
}

// BootstrapText returns the user data of a default machine; it holds a secret.
func BootstrapText(name string) []byte {
	return []byte("## template: jinja\n#cloud-config\n# " + name +
		"\nwrite_files:\n- path: /x\n  content: " + secretText + "\n")
}

// NewMachine makes a Machine, its bootstrap data and its EvrocMachine.
func (c *Cluster) NewMachine(name string, options MachineOptions) *Machine {
	c.T.Helper()
	ctx := c.T.Context()
	m := &Machine{Fixture: c.Fixture, Cluster: c,
		Object: NewMachine(c.Object, name, options.ControlPlane)}
	m.Object.Spec.FailureDomain = options.Zone
	spec := map[string]any{
		"computeProfile": "c1a.s", "image": "ubuntu-minimal.24-04.1",
	}
	if options.Spec != nil {
		options.Spec(spec)
	}
	evroc := Evroc(MachineKind, c.Object.Namespace, name, spec)
	delete(m.Object.Labels, clusterv1.WatchLabel)
	// Control-plane providers label both.
	evroc.SetLabels(maps.Clone(m.Object.Labels))
	c.label(m.Object, evroc)
	if options.Change != nil {
		options.Change(m.Object, evroc)
	}
	c.Do(c.Create(ctx, m.Object))
	if !options.WithoutOwner {
		evroc.SetOwnerReferences(append(evroc.GetOwnerReferences(),
			ControllerOf(m.Object)))
	}
	c.Do(c.Create(ctx, evroc))
	if !options.WithoutBootstrap {
		m.Bootstrap(options.Bootstrap)
	}
	return m
}

// Machine returns the handle of a machine that exists.
func (c *Cluster) Machine(name string) *Machine {
	c.T.Helper()
	m := &Machine{Fixture: c.Fixture, Cluster: c, Object: &clusterv1.Machine{}}
	key := client.ObjectKey{Namespace: c.Object.Namespace, Name: name}
	c.Do(c.Get(c.T.Context(), key, m.Object))
	return m
}

// Bootstrap makes the machine's bootstrap Secret; with the default data if data
// is nil.
func (m *Machine) Bootstrap(data map[string][]byte) {
	m.T.Helper()
	if data == nil {
		data = map[string][]byte{
			"value": BootstrapText(m.Object.Name), "format": []byte("cloud-config"),
		}
	}
	m.Do(m.Core.Bootstrap(m.T.Context(), m.Object, data))
}

// Key returns the key that both objects have.
func (m *Machine) Key() client.ObjectKey {
	return client.ObjectKeyFromObject(m.Object)
}

// View reads the EvrocMachine.
func (m *Machine) View() MachineView {
	m.T.Helper()
	view, err := m.Look(m.T.Context())
	m.Do(err)
	return view
}

// Look is View for callers that go on after an error.
func (m *Machine) Look(ctx context.Context) (MachineView, error) {
	return Get[MachineView](ctx, m.Client, MachineKind, m.Key())
}

// Until waits until check finds nothing wrong with the EvrocMachine.
func (m *Machine) Until(what string, check func(MachineView) error) {
	m.T.Helper()
	Eventually(m.T, "EvrocMachine "+m.Object.Name+" "+what,
		func(ctx context.Context) error {
			view, err := m.Look(ctx)
			if err != nil {
				return err
			}
			return check(view)
		})
}

// AwaitMention waits until a condition names the field.
func (m *Machine) AwaitMention(field string) {
	m.T.Helper()
	m.Until("names "+field, func(v MachineView) error {
		return Both(v.Status.Is("Ready", metav1.ConditionFalse),
			v.Status.MentionsField(field))
	})
}

// Provisioned waits until the EvrocMachine is provisioned, and then does what
// core does next.
func (m *Machine) Provisioned() *Machine {
	m.T.Helper()
	Eventually(m.T, "EvrocMachine "+m.Object.Name+" is provisioned",
		func(ctx context.Context) error {
			if err := m.Client.Get(ctx, m.Key(), m.Object); err != nil {
				return err
			}
			return m.MirrorMachine(ctx, m.Object)
		})
	return m
}

// PatchEvroc applies a merge patch to the EvrocMachine.
func (m *Machine) PatchEvroc(patch string) {
	m.T.Helper()
	m.Do(m.merge(m.T.Context(), MachineKind, m.Key(), patch))
}

// Begin deletes the Machine, without waiting. Core's finalizer keeps it while
// core drains the node. The EvrocMachine stays for now.
func (m *Machine) Begin() {
	m.T.Helper()
	m.Do(client.IgnoreNotFound(m.Client.Delete(m.T.Context(), m.Object)))
}

// DeleteEvroc deletes the EvrocMachine, without waiting.
func (m *Machine) DeleteEvroc() {
	m.T.Helper()
	m.Do(client.IgnoreNotFound(m.Client.Delete(m.T.Context(),
		Evroc(MachineKind, m.Object.Namespace, m.Object.Name, nil))))
}

// Delete does what core does after a drain.
func (m *Machine) Delete() {
	m.T.Helper()
	m.Begin()
	m.DeleteEvroc()
}

// Gone waits until the EvrocMachine is gone, and then releases the Machine.
func (m *Machine) Gone() {
	m.T.Helper()
	Eventually(m.T, "EvrocMachine "+m.Object.Name+" is gone",
		func(ctx context.Context) error {
			return Gone(ctx, m.Client, MachineKind, m.Key())
		})
	m.Do(m.Release(m.T.Context(), m.Object))
}

// VM returns the machine's virtual machine; the test ends if there is not
// exactly one.
func (m *Machine) VM() VM {
	m.T.Helper()
	vms, err := m.VMs(m.T.Context())
	m.Do(err)
	if len(vms) != 1 {
		m.T.Fatalf("%s has %d machines in the cloud: %v", m.Object.Name,
			len(vms), vms)
	}
	return vms[0]
}

// OneVM returns an error if there is not exactly one.
func (m *Machine) OneVM(ctx context.Context) error {
	vms, err := m.VMs(ctx)
	if err != nil {
		return err
	}
	if len(vms) != 1 {
		return fmt.Errorf("%s has %d machines in the cloud: %v", m.Object.Name,
			len(vms), vms)
	}
	return nil
}
