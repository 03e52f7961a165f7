package api

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	faultproxy "evroc.com/cluster-api-provider-evroc/tests/fault_proxy"
)

// replaceSecret changes the content of the cluster's credential Secret.
func replaceSecret(c *e2e.Cluster, key string, content []byte) {
	c.T.Helper()
	ctx := c.T.Context()
	secret := c.Secret("")
	existing := secret.DeepCopy()
	err := c.Client.Get(ctx, client.ObjectKeyFromObject(secret), existing)
	if apierrors.IsNotFound(err) {
		secret.Data = map[string][]byte{key: content}
		c.Do(c.Create(ctx, secret))
		return
	}
	c.Do(err)
	before := existing.DeepCopy()
	existing.Data = map[string][]byte{key: content}
	c.Do(c.Client.Patch(ctx, existing, client.MergeFrom(before)))
}

// restoreSecret writes a valid credential.
func restoreSecret(c *e2e.Cluster) {
	c.T.Helper()
	replaceSecret(c, "config", c.Secret("").Data["config"])
}

func TestUserErrorSecretMissing(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{WithoutSecret: true})
	c.AwaitMention(c.SecretName())
	restoreSecret(c)
	c.Provisioned()
	c.ReadyTrue()
}

func TestUserErrorSecretMalformed(t *testing.T) {
	f := newFixture(t)
	for n, wrong := range []struct{ key, content, named string }{
		{"value", "x", "config"},
		{"config", "", "config"},
		{"config", "nonsense", "credential"},
		{"config", "kind: Config", "credential"},
		{"config", "profiles: {}", "credential"},
		{"config", "\xff\xfe", "credential"},
		{"config", "kind: Config\nusers: [{name: u, user: {exec: {command: x}}}]",
			"credential"},
	} {
		c := f.NewCluster(name("c", n), e2e.ClusterOptions{WithoutSecret: true})
		replaceSecret(c, wrong.key, []byte(wrong.content))
		c.AwaitMention(wrong.named)
		restoreSecret(c)
		c.Provisioned()
		c.ReadyTrue()
		c.TearDown()
	}
	f.NothingLeft()
}

func TestUserErrorCredentialsRefused(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{WithoutSecret: true})
	good := string(c.Secret("").Data["config"])
	before, after, found := strings.Cut(good, "refreshToken: ")
	if !found {
		t.Fatalf("the profile has no token: %s", good)
	}
	flipped := "0"
	if after[0] == '0' {
		flipped = "1"
	}
	replaceSecret(c, "config",
		[]byte(before+"refreshToken: "+flipped+after[1:]))
	c.AwaitMention("credential")
	restoreSecret(c)
	c.Provisioned()
	c.ReadyTrue()
}

// Credentials become invalid: clusters and machines that run stay ready.
func TestUserErrorCredentialsBreakLater(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	m := machineFence(c, "m")
	m.Until("is ready", isReady)
	replaceSecret(c, "config", []byte("nonsense"))
	// The services keep using the token that they have as long as it is valid.
	f.Do(f.Restart(t.Context(), e2e.Shim))
	next := c.NewMachine("next", e2e.MachineOptions{})
	c.Until("names the credential", func(v e2e.ClusterView) error {
		return v.Status.MentionsField("credential")
	})
	next.Until("says that it waits", isNotReady)
	m.Until("is ready still", isReady)
	restoreSecret(c)
	next.Provisioned()
	c.ReadyTrue()
}

func TestUserErrorsOfMachines(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	set := func(field string, value any) func(map[string]any) {
		return func(spec map[string]any) { spec[field] = value }
	}
	for _, wrong := range []struct {
		field string
		spec  func(map[string]any)
	}{
		{"computeProfile", set("computeProfile", "z9.s")},
		{"image", set("image", "dos.6-2")},
		{"subnet", set("subnetName", "no-such-subnet")},
		{"existingID", func(spec map[string]any) {
			spec["networkingConfig"] = map[string]any{"publicIP": map[string]any{
				"enabled": true, "existingID": "no-such-ip"}}
		}},
		{"no-such-group", func(spec map[string]any) {
			spec["networkingConfig"] = map[string]any{
				"securityGroups": map[string]any{
					"existingIDs": []any{"no-such-group"}}}
		}},
		{"no-such-placement", set("placementConfig",
			map[string]any{"existingGroupID": "no-such-placement"})},
	} {
		t.Run(wrong.field, func(t *testing.T) {
			m := c.NewMachine("m-"+strings.ToLower(wrong.field),
				e2e.MachineOptions{Spec: wrong.spec})
			field := wrong.field
			if field == "existingID" {
				field = "no-such-ip"
			}
			m.AwaitMention(field)
			v := m.View()
			if v.Spec.ProviderID != "" || v.Status.Provisioned() {
				t.Errorf("providerID %s", v.Spec.ProviderID)
			}
			m.Delete()
			m.Gone()
		})
	}
	c.TearDown()
	f.NothingLeft()
}

// Evroc Cloud refuses a rule without another side. That is told, and nobody makes
// one of it that is open to all.
func TestUserErrorARuleWithoutARemote(t *testing.T) {
	f := newFixture(t)
	groups := func(rule map[string]any) map[string]any {
		return map[string]any{"worker": map[string]any{"inlineSecurityGroups": []any{
			map[string]any{"name": "web", "rules": []any{rule}}}}}
	}
	c := f.NewCluster("c", e2e.ClusterOptions{Spec: func(spec map[string]any) {
		spec["securityGroups"] = groups(map[string]any{"name": "in",
			"direction": "Ingress", "protocol": "TCP", "port": int64(8099)})
	}})
	c.AwaitMention("remote")
	for name, object := range f.CloudSnapshot() {
		if text, _ := json.Marshal(object); strings.Contains(string(text), `"port":8099`) {
			t.Errorf("%s was made: %s", name, text)
		}
	}
	c.PatchEvroc(`{"spec":{"securityGroups":{"worker":{"inlineSecurityGroups":[` +
		`{"name":"web","rules":[{"name":"in","direction":"Ingress","protocol":"TCP",` +
		`"port":8099,"remoteCIDR":"10.0.0.0/8"}]}]}}}}`)
	c.Provisioned()
	c.TearDown()
	f.NothingLeft()
}

// An error of validation quotes what it refuses: as it is, in a string, encoded.
// The fixture looks for the secret in it, in all logs, conditions and Events.
func TestBootstrapDataThatTheCloudQuotesIsToldNowhere(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	var machines []*e2e.Machine
	for n, quote := range []func(string) string{
		func(text string) string { return text },
		strconv.Quote,
		func(text string) string {
			return base64.StdEncoding.EncodeToString([]byte(text))
		},
		func(text string) string {
			return base64.StdEncoding.EncodeToString([]byte(text))[9:]
		},
	} {
		m := name("m", n)
		refuse := f.Fault(f.CloudAPI, faultproxy.Rule{
			Match:  faultproxy.Match{Method: "POST", Path: "virtualMachines"},
			Status: 422,
			Message: "spec.osSettings: Invalid value: " +
				quote(string(e2e.BootstrapText(m))) + ": must be shorter",
		})
		machines = append(machines, c.NewMachine(m, e2e.MachineOptions{}))
		machines[n].AwaitMention("must be shorter")
		machines[n].AwaitMention("[redacted]")
		refuse.Remove()
	}
	c.TearDown(machines...)
	f.NothingLeft()
}

// So does an error of a change, of a machine that has had its data long ago.
func TestBootstrapDataThatTheCloudQuotesLaterIsToldNowhere(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	m := machineFence(c, "m")
	f.Do(f.Restart(t.Context(), e2e.Compute))
	text := base64.StdEncoding.EncodeToString(e2e.BootstrapText("m"))
	f.Fault(f.CloudAPI, faultproxy.Rule{
		Match:   faultproxy.Match{Method: "PATCH", Path: "virtualMachines"},
		Status:  422,
		Message: `can't merge {"cloudInitUserData":"` + text + `"}`,
	})
	m.PatchEvroc(`{"spec":{"additionalLabels":{"x":"y"}}}`)
	machineSays(m, "Ready=True", "SpecApplied=False/InvalidConfiguration")
	m.Until("tells it without the data", func(v e2e.MachineView) error {
		return e2e.Both(v.Status.MentionsField("can't merge"),
			v.Status.MentionsField("[redacted]"))
	})
	c.TearDown(m)
	f.NothingLeft()
}

// Two clusters have overlapping blocks in one VPC. The condition shows the
// refusal of the cloud; a change of the spec clears it.
func TestUserErrorBadCIDR(t *testing.T) {
	f := newFixture(t)
	f.NewCluster("first", e2e.ClusterOptions{
		Spec: vpc("shared-net", "10.7.0.0/24")}).Provisioned()
	c := f.NewCluster("c", e2e.ClusterOptions{Spec: func(s map[string]any) {
		s["network"] = map[string]any{
			"vpc": map[string]any{"name": "shared-net"},
			"subnets": []any{map[string]any{
				"name": "second", "cidrBlock": "10.7.0.128/25"}},
		}
	}})
	c.AwaitMention("second")
	v := c.View()
	if err := v.Status.Is("SubnetsReady", metav1.ConditionFalse); err != nil {
		t.Error(err)
	}
	c.TearDown()
}

func TestUserErrorUnknownSubnetReference(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{Spec: func(s map[string]any) {
		s["network"] = map[string]any{
			"vpcRef":     "no-such-vpc",
			"subnetRefs": map[string]any{"a": "no-such-subnet"},
		}
	}})
	c.AwaitMention("no-such-vpc")
	c.TearDown()
	f.NothingLeft()
}

func TestUserErrorQuota(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	f.Do(f.Cloud.Set(t.Context(), map[string]any{
		"quotas": map[string]int{"vcpus": 1}}))
	m := c.NewMachine("m", e2e.MachineOptions{})
	m.AwaitMention("quota")
	m.Until("has no VM", func(v e2e.MachineView) error {
		return e2e.That(v.Spec.ProviderID == "", "it has one")
	})
	// B5: the services do not retry without a delay.
	if n := f.CloudCalls(nil).Count("POST", "virtualMachines"); n > 5 {
		t.Errorf("asked for it %d times", n)
	}
	f.Do(f.Cloud.Set(t.Context(), map[string]any{
		"quotas": map[string]int{"vcpus": -1}}))
	// A change of the object triggers a reconcile at once.
	m.PatchEvroc(`{"spec":{"additionalLabels":{"x":"y"}}}`)
	m.Provisioned()
	m.Until("is ready", isReady)
}

func TestUserErrorNoLoadBalancerInTheKCPDialect(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{
		Credential: "kubeconfig.yaml",
		Spec: func(s map[string]any) {
			s["project"] = e2e.Project
			s["controlPlaneConfig"] = map[string]any{
				"loadBalancer": map[string]any{"enabled": true}}
		},
	})
	c.AwaitMention("load balancer")
	c.TearDown()
	f.NothingLeft()
}

// The services accept every kind of credential.
func TestCredentialsOfEachKind(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"profile.yaml", "service-account.json",
		"password.yaml", "token.yaml", "kubeconfig.yaml"} {
		t.Run(file, func(t *testing.T) {
			f := newFixture(t)
			c := f.NewCluster("c", e2e.ClusterOptions{
				Credential: file,
				Spec:       func(s map[string]any) { s["project"] = e2e.Project },
			}).Provisioned()
			m := c.NewMachine("m", e2e.MachineOptions{ControlPlane: true})
			m.Provisioned()
			c.TearDown(m)
			f.NothingLeft()
		})
	}
}

func TestCredentialsRefIsTheSame(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{Spec: func(s map[string]any) {
		s["credentialsRef"] = map[string]any{"name": s["identitySecretName"]}
		delete(s, "identitySecretName")
	}}).Provisioned()
	c.TearDown()
	f.NothingLeft()
}

// The credential Secret has a finalizer while a cluster uses it, and none
// after.
func TestCredentialsAreHeldAndReleased(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	m := machineFence(c, "m")
	secret := &corev1.Secret{}
	key := types.NamespacedName{Namespace: f.Namespace, Name: c.SecretName()}
	f.Do(f.Get(t.Context(), key, secret))
	if !strings.Contains(strings.Join(secret.Finalizers, " "),
		e2e.SecretFinalizer) {
		t.Errorf("finalizers %v", secret.Finalizers)
	}
	f.Do(f.Client.Delete(t.Context(), secret))
	c.TearDown(m)
	f.NothingLeft()
	e2e.Eventually(t, "the Secret is gone", secretGone(f, key))
}
