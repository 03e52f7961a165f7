package controlplane

import (
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/intstr"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/cluster-api/util/collections"
	"sigs.k8s.io/cluster-api/util/conditions"

	bootstrapv1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/bootstrap/v1beta2"
	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
)

const version = "v1.34.2+rke2r1"

// server describes a Machine of a test table.
type server struct {
	name, domain                      string
	age                               time.Duration
	marked, outdated, ready, deleting bool
}

func (s server) machine() *clusterv1.Machine {
	m := &clusterv1.Machine{ObjectMeta: metav1.ObjectMeta{
		Name: s.name, CreationTimestamp: metav1.NewTime(time.Unix(1e9, 0).Add(-s.age)),
		Annotations: map[string]string{},
	}}
	m.Spec.FailureDomain = s.domain
	m.Spec.Version = version
	if s.outdated {
		m.Spec.Version = "v1.33.1+rke2r1"
	}
	if s.marked {
		m.Annotations[clusterv1.DeleteMachineAnnotation] = ""
	}
	if s.deleting {
		now := metav1.Now()
		m.DeletionTimestamp = &now
	}
	if s.ready {
		conditions.Set(m, metav1.Condition{
			Type: clusterv1.MachineReadyCondition, Status: metav1.ConditionTrue, Reason: "Ready",
		})
	}
	return m
}

func scopeOf(domains []string, servers ...server) *scope {
	s := &scope{plane: &controlplanev1.RKE2ControlPlane{}, cluster: &clusterv1.Cluster{}}
	s.plane.Spec.Version = version
	for _, domain := range domains {
		s.cluster.Status.FailureDomains = append(s.cluster.Status.FailureDomains,
			clusterv1.FailureDomain{Name: domain, ControlPlane: ptr(true)})
	}
	s.cluster.Status.FailureDomains = append(s.cluster.Status.FailureDomains,
		clusterv1.FailureDomain{Name: "workers", ControlPlane: ptr(false)})
	s.owned = collections.New()
	for _, server := range servers {
		s.owned.Insert(server.machine())
	}
	return s
}

func TestPicksTheVictim(t *testing.T) {
	zones := []string{"a", "b"}
	for name, test := range map[string]struct {
		servers []server
		want    string
	}{
		"nobody": {nil, ""},
		"marked and outdated before marked": {[]server{
			{name: "one", domain: "a", age: 9, marked: true, ready: true},
			{name: "two", domain: "b", marked: true, outdated: true, ready: true},
		}, "two"},
		"marked before outdated": {[]server{
			{name: "one", domain: "a", outdated: true, ready: true},
			{name: "two", domain: "b", marked: true, ready: true},
		}, "two"},
		"outdated before not ready": {[]server{
			{name: "one", domain: "a"},
			{name: "two", domain: "b", outdated: true, ready: true},
		}, "two"},
		"not ready before the rest": {[]server{
			{name: "one", domain: "a", age: 9, ready: true},
			{name: "two", domain: "b"},
		}, "two"},
		"the oldest of the fullest domain": {[]server{
			{name: "one", domain: "a", age: 9, ready: true},
			{name: "two", domain: "b", age: 5, ready: true},
			{name: "three", domain: "b", age: 7, ready: true},
		}, "three"},
		"never one that is going": {[]server{
			{name: "one", domain: "a", marked: true, deleting: true},
			{name: "two", domain: "b", ready: true},
		}, "two"},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if victim := scopeOf(zones, test.servers...).pickVictim(t.Context()); victim != nil {
				got = victim.Name
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestPicksTheFailureDomain(t *testing.T) {
	for name, test := range map[string]struct {
		domains []string
		servers []server
		want    string
	}{
		"none":          {nil, nil, ""},
		"the empty one": {[]string{"a", "b"}, []server{{name: "one", domain: "a"}}, "b"},
		"the fewest up to date first": {[]string{"a", "b"}, []server{
			{name: "one", domain: "a", outdated: true},
			{name: "two", domain: "a", outdated: true},
			{name: "three", domain: "b"},
		}, "a"},
		"then the fewest at all": {[]string{"a", "b"}, []server{
			{name: "one", domain: "a", outdated: true},
		}, "b"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := scopeOf(test.domains, test.servers...).pickFailureDomain(t.Context()); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestUpToDate(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*scope, *clusterv1.Machine)
		want   bool
	}{
		"nothing known": {func(*scope, *clusterv1.Machine) {}, true},
		"other version": {func(_ *scope, m *clusterv1.Machine) { m.Spec.Version = "v1.30.0+rke2r1" }, false},
		"other configuration": {func(s *scope, m *clusterv1.Machine) {
			s.configs = map[string]*bootstrapv1.RKE2Config{m.Name: {Spec: bootstrapv1.RKE2ConfigSpec{
				PreRKE2Commands: []string{"true"},
			}}}
		}, false},
		"same servers' configuration": {func(_ *scope, m *clusterv1.Machine) {
			m.Annotations[controlplanev1.ServerConfigurationAnnotation] = `{}`
		}, true},
		"other servers' configuration": {func(_ *scope, m *clusterv1.Machine) {
			m.Annotations[controlplanev1.ServerConfigurationAnnotation] = `{"cni":"none"}`
		}, false},
		"unreadable servers' configuration": {func(_ *scope, m *clusterv1.Machine) {
			m.Annotations[controlplanev1.ServerConfigurationAnnotation] = `{`
		}, false},
		"other template": {func(s *scope, m *clusterv1.Machine) {
			s.infra = map[string]*unstructured.Unstructured{m.Name: cloneOf("old")}
		}, false},
		"same template": {func(s *scope, m *clusterv1.Machine) {
			s.infra = map[string]*unstructured.Unstructured{m.Name: cloneOf("new")}
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := scopeOf(nil)
			s.plane.Spec.MachineTemplate.Spec.InfrastructureRef = clusterv1.ContractVersionedObjectReference{
				APIGroup: "example.com", Kind: "ThingTemplate", Name: "new",
			}
			m := server{name: "one"}.machine()
			test.change(s, m)
			if got := s.upToDate(m); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func cloneOf(template string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{Object: map[string]any{}}
	u.SetAnnotations(map[string]string{
		clusterv1.TemplateClonedFromNameAnnotation:      template,
		clusterv1.TemplateClonedFromGroupKindAnnotation: "ThingTemplate.example.com",
	})
	return u
}

func TestServerAddresses(t *testing.T) {
	machine := &clusterv1.Machine{}
	machine.Status.Addresses = clusterv1.MachineAddresses{
		{Type: clusterv1.MachineHostName, Address: "one"},
		{Type: clusterv1.MachineExternalIP, Address: "203.0.113.4"},
		{Type: clusterv1.MachineInternalIP, Address: "10.0.0.4"},
		{Type: clusterv1.MachineInternalIP, Address: "10.0.0.5"},
	}
	for method, want := range map[controlplanev1.RegistrationMethod][]string{
		"":                                    {"endpoint"},
		controlplanev1.ByControlPlaneEndpoint: {"endpoint"},
		controlplanev1.ByAddress:              {"given"},
		controlplanev1.ByInternalFirst:        {"203.0.113.4"},
		controlplanev1.ByInternalIPs:          {"10.0.0.4"},
		controlplanev1.ByExternalIPs:          {"203.0.113.4"},
	} {
		got, err := serverAddresses(method, "given", "endpoint", []*clusterv1.Machine{machine})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v, want %v", method, got, err, want)
		}
	}
}

func TestMaxSurge(t *testing.T) {
	zero := intstr.FromInt32(0)
	for want, strategy := range map[int]*controlplanev1.RolloutStrategy{
		1: {},
		0: {RollingUpdate: &controlplanev1.RollingUpdateSpec{MaxSurge: &zero}},
	} {
		if got := maxSurge(strategy); got != want {
			t.Errorf("got %d, want %d", got, want)
		}
	}
}

func TestMetadataIsTakenFromTheClassicManager(t *testing.T) {
	entry := &metav1.ManagedFieldsEntry{Manager: "manager", FieldsV1: metav1.NewFieldsV1(
		`{"f:metadata":{"f:labels":{".":{},"f:a":{}},"f:annotations":{"f:b":{}},"f:finalizers":{}},"f:spec":{}}`)}
	if !withoutMetadata(entry) {
		t.Fatal("nothing taken")
	}
	if got := string(entry.FieldsV1.GetRawBytes()); got != `{"f:metadata":{"f:finalizers":{}},"f:spec":{}}` {
		t.Errorf("left %s", got)
	}
	if withoutMetadata(entry) {
		t.Error("taken twice")
	}
}
