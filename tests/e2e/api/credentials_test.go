package api

import (
	"encoding/json"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
)

// serviceAccountData returns the simulator's service account under the keys of
// the official provider, each with the newline that files end in.
func serviceAccountData(c *e2e.Cluster) map[string][]byte {
	c.T.Helper()
	content, err := c.Cloud.Credential("service-account.json")
	c.Do(err)
	var config struct {
		Auth struct {
			ID     string `json:"service_account_id"`
			Secret string `json:"service_account_secret"`
		} `json:"auth"`
	}
	c.Do(json.Unmarshal(content, &config))
	return map[string][]byte{
		"serviceAccountID":     []byte(config.Auth.ID + "\n"),
		"serviceAccountSecret": []byte(config.Auth.Secret + "\n"),
	}
}

// officialCluster makes a cluster as a manifest for the official provider
// describes it: the Secret holds no more than the service account.
func officialCluster(f *e2e.Fixture, name string) *e2e.Cluster {
	return f.NewCluster(name, e2e.ClusterOptions{
		WithoutSecret: true,
		Spec: func(s map[string]any) {
			s["project"] = e2e.Project
			s["credentialsRef"] = map[string]any{"name": s["identitySecretName"]}
			delete(s, "identitySecretName")
			s["endpoints"] = map[string]any{
				"apiBaseURL": f.CloudAPI.URL(),
				"issuerURL":  f.Cloud.URL + "/realms/evroc-customer",
			}
		},
	})
}

func TestServiceAccountUnderKeysOfItsOwn(t *testing.T) {
	f := newFixture(t)
	c := officialCluster(f, "c")
	secret := c.Secret("")
	secret.Data = serviceAccountData(c)
	good := secret.Data["serviceAccountSecret"]
	secret.Data["serviceAccountSecret"] = []byte("e30=")
	f.Do(f.Create(t.Context(), secret))
	c.AwaitMention("key serviceAccountSecret")
	secret.Data["serviceAccountSecret"] = good
	f.Do(f.Client.Update(t.Context(), secret))
	c.Provisioned()
	m := c.NewMachine("m", e2e.MachineOptions{ControlPlane: true})
	m.Provisioned()
	c.TearDown(m)
	f.NothingLeft()
}

// A cluster moved here from the official provider's management cluster: the
// user's Secret stayed there, its owned copy came along.
func TestTheOwnedCopyOfTheSecretIsEnough(t *testing.T) {
	f := newFixture(t)
	c := officialCluster(f, "c")
	c.AwaitMention(c.SecretName())
	owner := c.View()
	key := types.NamespacedName{Namespace: f.Namespace,
		Name: "c-evroc-credentials"}
	f.Do(f.Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: key.Namespace, Name: key.Name,
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: e2e.ClusterKind.GroupVersion().String(),
				Kind:       e2e.ClusterKind.Kind, Name: "c", UID: owner.UID,
			}},
		},
		Data: serviceAccountData(c),
	}))
	// A change of the object triggers a reconcile at once.
	c.PatchEvroc(`{"spec":{"additionalLabels":{"x":"y"}}}`)
	c.Provisioned()
	m := machineFence(c, "m")
	f.Do(f.Client.Delete(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name}}))
	c.TearDown(m)
	f.NothingLeft()
	e2e.Eventually(t, "the copy is gone", secretGone(f, key))
}
