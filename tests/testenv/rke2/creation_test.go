package rke2_test

import (
	"crypto/rsa"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/tools/clientcmd"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/cluster-api/util/certs"
	"sigs.k8s.io/controller-runtime/pkg/client"

	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
)

func TestMakesItsSecrets(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.build(1)
	f.provision()
	f.until("the token", f.present("-token"))
	for _, suffix := range []string{"-ca", "-cca", "-peer-etcd", "-etcd"} {
		f.checkAuthority(suffix)
	}
	token := f.secret("-token")
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).Match(token.Data["value"]) {
		t.Errorf("token %q", token.Data["value"])
	}
	f.checkOwner(token, "Cluster")
	f.checkKubeconfig()
	f.absent("-proxy")
	f.absent("-sa")
}

func (f *fixture) checkAuthority(suffix string) {
	f.t.Helper()
	secret := f.secret(suffix)
	f.checkOwner(secret, "RKE2ControlPlane")
	if secret.Type != clusterv1.ClusterSecretType || secret.Labels[clusterv1.ClusterNameLabel] != clusterName {
		f.t.Errorf("%s: type %s, labels %v", suffix, secret.Type, secret.Labels)
	}
	cert, err := certs.DecodeCertPEM(secret.Data[corev1.TLSCertKey])
	if err != nil || cert == nil {
		f.t.Fatalf("%s: certificate: %v", suffix, err)
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok || key.N.BitLen() != 2048 || cert.Subject.CommonName != "kubernetes" || !cert.IsCA {
		f.t.Errorf("%s: %T, common name %s, CA %v", suffix, cert.PublicKey, cert.Subject.CommonName, cert.IsCA)
	}
	if private, err := certs.DecodePrivateKeyPEM(secret.Data[corev1.TLSPrivateKeyKey]); err != nil ||
		!key.Equal(private.Public()) {
		f.t.Errorf("%s: the key is not the certificate's: %v", suffix, err)
	}
}

func (f *fixture) checkOwner(object client.Object, kind string) {
	f.t.Helper()
	owner := metav1.GetControllerOf(object)
	if owner == nil || owner.Kind != kind || len(object.GetOwnerReferences()) != 1 {
		f.t.Errorf("%s: owners %v, want a %s in control", object.GetName(), object.GetOwnerReferences(), kind)
	}
}

func (f *fixture) checkKubeconfig() {
	f.t.Helper()
	secret := f.secret("-kubeconfig")
	f.checkOwner(secret, "RKE2ControlPlane")
	if secret.Type != corev1.SecretTypeOpaque {
		f.t.Errorf("the kubeconfig's type is %s", secret.Type)
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(secret.Data["value"])
	if err != nil {
		f.t.Fatal("read the kubeconfig:", err)
	}
	if config.Host != "https://"+endpoint+":6443" {
		f.t.Errorf("the kubeconfig leads to %s", config.Host)
	}
	if string(config.CAData) != string(f.secret("-ca").Data[corev1.TLSCertKey]) {
		f.t.Error("the kubeconfig trusts another authority")
	}
	cert, err := certs.DecodeCertPEM(config.CertData)
	if err != nil {
		f.t.Fatal("read the client certificate:", err)
	}
	issuer, err := certs.DecodeCertPEM(f.secret("-cca").Data[corev1.TLSCertKey])
	if err != nil {
		f.t.Fatal("read the client authority:", err)
	}
	if err := cert.CheckSignatureFrom(issuer); err != nil {
		f.t.Error("the client certificate:", err)
	}
	if !slices.Equal(cert.Subject.Organization, []string{"system:masters"}) {
		f.t.Errorf("organization %v", cert.Subject.Organization)
	}
}

func TestKeepsExistingAuthorities(t *testing.T) {
	f := newFixture(t, noSwitches)
	own := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: clusterName + "-etcd"},
		Data:       map[string][]byte{"tls.crt": []byte("mine"), "tls.key": []byte("secret")},
	}
	f.create(own)
	f.build(1)
	f.provision()
	f.until("the first server", f.machineCount(1))
	if got := f.secret("-etcd"); got.ResourceVersion != own.ResourceVersion {
		t.Errorf("the user's authority was changed: %v", got)
	}
	before := f.secret("-ca").ResourceVersion
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	if after := f.secret("-ca").ResourceVersion; after != before {
		t.Error("an authority was made again")
	}
}

func TestTheClusterOwnsTheTemplateOnce(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.build(1)
	f.provision()
	f.until("the first server", f.machineCount(1))
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	owners := f.templateOwners()
	if len(owners) != 1 {
		t.Fatalf("owners %v", owners)
	}
	owner := owners[0]
	if owner.Kind != "Cluster" || owner.APIVersion != "cluster.x-k8s.io/v1beta2" || owner.Controller != nil {
		t.Errorf("owner %+v", owner)
	}
}

func TestWithoutTheContractLabelNothingIsMade(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.serveUnlabelled()
	template := newInfra("UnlabelledMachineTemplate")
	template.SetName(templateName)
	f.create(template)
	f.build(1, func(p *controlplanev1.RKE2ControlPlane) {
		p.Spec.MachineTemplate.Spec.InfrastructureRef.Kind = "UnlabelledMachineTemplate"
	})
	f.provision()
	f.until("the kubeconfig", f.present("-kubeconfig"))
	if err := f.settle(); err == nil {
		t.Error("no reconcile failed")
	}
	if machines, configs := len(f.machines()), len(f.configs()); machines+configs > 0 {
		t.Errorf("%d Machines and %d configurations were made", machines, configs)
	}
}

// serveUnlabelled installs a template kind whose CRD has no contract label.
func (f *fixture) serveUnlabelled() {
	f.t.Helper()
	anything := true
	crd := &apiextensionsv1.CustomResourceDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: "unlabelledmachinetemplates." + infrastructure.Group},
		Spec: apiextensionsv1.CustomResourceDefinitionSpec{
			Group: infrastructure.Group, Scope: apiextensionsv1.NamespaceScoped,
			Names: apiextensionsv1.CustomResourceDefinitionNames{
				Kind: "UnlabelledMachineTemplate", ListKind: "UnlabelledMachineTemplateList",
				Plural: "unlabelledmachinetemplates", Singular: "unlabelledmachinetemplate",
			},
			Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
				Name: infrastructure.Version, Served: true, Storage: true,
				Schema: &apiextensionsv1.CustomResourceValidation{
					OpenAPIV3Schema: &apiextensionsv1.JSONSchemaProps{
						Type: "object", XPreserveUnknownFields: &anything,
					},
				},
			}},
		},
	}
	if err := server.client.Create(f.ctx, crd); err != nil {
		f.t.Fatal("install a CRD:", err)
	}
	f.until("the kind", func() error {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(infrastructure.WithKind("UnlabelledMachineTemplateList"))
		return server.client.List(f.ctx, list, client.InNamespace(f.namespace))
	})
}

func TestMakesTheThreeObjects(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.core.fallback = toNothing
	// Core would change the owners.
	f.core.idle = true
	f.build(1, func(p *controlplanev1.RKE2ControlPlane) {
		p.Spec.MachineTemplate.ObjectMeta = clusterv1.ObjectMeta{
			Labels: map[string]string{"team": "a"}, Annotations: map[string]string{"note": "b"},
		}
	})
	f.provision()
	f.until("the Machine", f.machineCount(1))
	machine := f.machines()[0]
	f.checkMachine(machine)
	infra := f.infraOf(machine)
	config := f.configs()[0]
	names := []string{machine.Name, config.Name, infra.GetName()}
	for i, pattern := range []string{planeName + "-[a-z0-9]{5}", planeName + "-[a-z0-9]{5}", templateName + "-[a-z0-9]{5}"} {
		if !regexp.MustCompile("^" + pattern + "$").MatchString(names[i]) {
			t.Errorf("name %s, want %s", names[i], pattern)
		}
	}
	if machine.Name == config.Name {
		t.Error("the Machine and its configuration have one name")
	}
	for _, part := range []client.Object{&config, infra} {
		f.checkPart(part)
	}
	for key, want := range map[string]string{
		"cluster.x-k8s.io/cloned-from-name":      templateName,
		"cluster.x-k8s.io/cloned-from-groupkind": "EvrocMachineTemplate." + infrastructure.Group,
	} {
		if got := infra.GetAnnotations()[key]; got != want {
			t.Errorf("annotation %s is %q", key, got)
		}
	}
	if profile, _, _ := unstructured.NestedString(infra.Object, "spec", "computeProfile"); profile != "c1a.s" {
		t.Errorf("the template's spec was not copied: %v", infra.Object["spec"])
	}
}

func (f *fixture) checkMachine(machine clusterv1.Machine) {
	f.t.Helper()
	f.checkOwner(&machine, "RKE2ControlPlane")
	if machine.Spec.ClusterName != clusterName || machine.Spec.Version != oldVersion ||
		machine.Spec.Bootstrap.ConfigRef.Kind != "RKE2Config" ||
		machine.Spec.InfrastructureRef.Kind != "EvrocMachine" {
		f.t.Errorf("spec %+v", machine.Spec)
	}
	if drain := machine.Spec.Deletion.NodeDrainTimeoutSeconds; drain == nil || *drain != 120 {
		f.t.Errorf("drain timeout %v", drain)
	}
	wantLabels := map[string]string{
		clusterv1.ClusterNameLabel: clusterName, clusterv1.MachineControlPlaneLabel: "",
		clusterv1.MachineControlPlaneNameLabel: planeName, "team": "a",
	}
	if !maps.Equal(machine.Labels, wantLabels) {
		f.t.Errorf("labels %v", machine.Labels)
	}
	if hook, found := machine.Annotations[controlplanev1.PreTerminateHookAnnotation]; !found || hook != "" {
		f.t.Error("no pre-terminate hook")
	}
	var config controlplanev1.RKE2ServerConfig
	text := machine.Annotations[controlplanev1.ServerConfigurationAnnotation]
	if err := json.Unmarshal([]byte(text), &config); err != nil || config.CNI != "cilium" {
		f.t.Errorf("server configuration %q: %v", text, err)
	}
	if !slices.ContainsFunc(machine.ManagedFields, func(e metav1.ManagedFieldsEntry) bool {
		return e.Manager == "rke2controlplane" && e.Operation == metav1.ManagedFieldsOperationApply
	}) {
		f.t.Errorf("field managers %v", machine.ManagedFields)
	}
}

func (f *fixture) checkPart(part client.Object) {
	f.t.Helper()
	owners := part.GetOwnerReferences()
	if len(owners) != 1 || owners[0].Kind != "RKE2ControlPlane" || owners[0].Controller != nil {
		f.t.Errorf("%s: owners %v", part.GetName(), owners)
	}
	labels := part.GetLabels()
	if value, found := labels[clusterv1.MachineControlPlaneLabel]; !found || value != "" ||
		labels[clusterv1.ClusterNameLabel] != clusterName || labels["team"] != "a" {
		f.t.Errorf("%s: labels %v", part.GetName(), labels)
	}
	if part.GetAnnotations()["note"] != "b" {
		f.t.Errorf("%s: annotations %v", part.GetName(), part.GetAnnotations())
	}
}

func TestSpreadsOverControlPlaneDomains(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.build(3)
	f.workload.serve(true)
	f.setEndpoint(endpoint)
	f.setProvisioned("a", "b", "c")
	no := false
	updateStatus(f, clusterName, &clusterv1.Cluster{}, func(c *clusterv1.Cluster) {
		c.Status.FailureDomains = append(c.Status.FailureDomains,
			clusterv1.FailureDomain{Name: "workers", ControlPlane: &no},
			clusterv1.FailureDomain{Name: "unsaid"})
	})
	f.until("all servers", f.readyServers(3))
	var domains []string
	for _, machine := range f.machines() {
		domains = append(domains, machine.Spec.FailureDomain)
	}
	slices.Sort(domains)
	if !slices.Equal(domains, []string{"a", "b", "c"}) {
		t.Errorf("domains %v", domains)
	}
}

func TestWithoutDomainsNoneIsSet(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.build(1)
	f.provision()
	f.until("the first server", f.machineCount(1))
	if domain := f.machines()[0].Spec.FailureDomain; domain != "" {
		t.Errorf("domain %q", domain)
	}
}

func TestExactlyOneServerUntilInitialized(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.core.fallback = toProvisioned
	f.build(3)
	f.provision()
	f.until("the first server", f.machineCount(1))
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	if err := f.machineCount(1)(); err != nil {
		t.Error(err)
	}
	f.core.fallback = toReady
	f.workload.serve(true)
	f.until("all servers", f.readyServers(3))
}
