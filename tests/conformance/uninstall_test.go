package conformance

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// installation is an API server of its own, with deploy/ in it.
type installation struct {
	environment *envtest.Environment
	admin       string // a kubeconfig's file
}

func install(t *testing.T) installation {
	t.Helper()
	needServer(t)
	environment := newEnvironment(server.programs)
	if _, err := environment.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = environment.Stop() })
	into := installation{environment: environment, admin: filepath.Join(t.TempDir(), "admin.kubeconfig")}
	if err := os.WriteFile(into.admin, environment.KubeConfig, 0o600); err != nil {
		t.Fatal(err)
	}
	into.kubectl(t, "apply", "--server-side", "-k", filepath.Join(repository(), "deploy"))
	into.kubectl(t, "wait", "--for=condition=Established", "crd", "--all", "--timeout=30s")
	return into
}

func (i installation) kubectl(t *testing.T, arguments ...string) string {
	t.Helper()
	command := exec.Command(server.programs.Path(binaries.Kubectl), append([]string{"--kubeconfig", i.admin}, arguments...)...)
	command.Env = []string{"HOME=" + t.TempDir()}
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("kubectl %v: %v\n%s", arguments, err, output)
	}
	return string(output)
}

// user returns the kubeconfig's file of somebody with these rights alone.
func (i installation) user(t *testing.T, name string, rules ...rbacv1.PolicyRule) string {
	t.Helper()
	clients := kubernetes.NewForConfigOrDie(i.environment.Config)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: rules}
	if _, err := clients.RbacV1().ClusterRoles().Create(ctx, role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	binding := &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: name},
		Subjects: []rbacv1.Subject{{Kind: "User", APIGroup: rbacv1.GroupName, Name: name}},
		RoleRef:  rbacv1.RoleRef{Kind: "ClusterRole", APIGroup: rbacv1.GroupName, Name: name}}
	if _, err := clients.RbacV1().ClusterRoleBindings().Create(ctx, binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	user, err := i.environment.AddUser(envtest.User{Name: name}, nil)
	if err != nil {
		t.Fatal(err)
	}
	config, err := user.KubeConfig()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// uninstall runs the script; wrapper, if set, takes the place of kubectl.
func uninstall(t *testing.T, kubeconfig, wrapper string) (output string, err error) {
	t.Helper()
	folder := t.TempDir()
	program := filepath.Join(folder, "kubectl")
	script := fmt.Sprintf("#!/bin/bash\nreal=%s\n%s\nexec \"$real\" \"$@\"\n", server.programs.Path(binaries.Kubectl), wrapper)
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(filepath.Join(repository(), "deploy", "uninstall.sh"))
	command.Env = []string{"HOME=" + folder, "KUBECONFIG=" + kubeconfig, "EVROC_UNINSTALL_TIMEOUT=10s",
		"PATH=" + folder + ":" + os.Getenv("PATH")}
	bytes, err := command.CombinedOutput()
	return string(bytes), err
}

// wantRefused checks that the script removed nothing and says why.
func (i installation) wantRefused(t *testing.T, kubeconfig, why string) {
	t.Helper()
	before := i.kubectl(t, "get", "crd,clusterrole,clusterrolebinding", "-o", "name")
	output, err := uninstall(t, kubeconfig, "")
	if err == nil || !strings.Contains(output, why) {
		t.Errorf("err %v, want %q in:\n%s", err, why, output)
	}
	if after := i.kubectl(t, "get", "crd,clusterrole,clusterrolebinding", "-o", "name"); after != before {
		t.Errorf("something was removed: there were\n%sthere are\n%s", before, after)
	}
}

const aMachine = `
apiVersion: infrastructure.cluster.x-k8s.io/v1beta1
kind: EvrocMachine
metadata: {name: m, namespace: default, finalizers: [evrocmachine.infrastructure.cluster.x-k8s.io]}
spec: {computeProfile: c1a.s, image: ubuntu-minimal.24-04.1}
`

func manifest(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "object.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// An answer that does not come, or that is forbidden, does not mean that there
// are no clusters.
func TestUninstallRefusesWhatItCantSee(t *testing.T) {
	into := install(t)
	into.kubectl(t, "apply", "-f", manifest(t, aMachine))
	into.wantRefused(t, into.admin, "evrocmachine.infrastructure.cluster.x-k8s.io/m")
	everything := rbacv1.PolicyRule{Verbs: []string{"*"}, APIGroups: []string{"apiextensions.k8s.io", "rbac.authorization.k8s.io", ""}, Resources: []string{"*"}}
	into.wantRefused(t, into.user(t, "no-rights"), "Can't find out whether evrocclusters")
	into.wantRefused(t, into.user(t, "no-machines", everything), "Can't find out whether there are evrocclusters")
	into.wantRefused(t, into.user(t, "only-clusters", everything, rbacv1.PolicyRule{
		Verbs: []string{"*"}, APIGroups: []string{group}, Resources: []string{"evrocclusters"}}),
		"Can't find out whether there are evrocmachines")
	dead := filepath.Join(t.TempDir(), "dead")
	text := "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}]\n" +
		"contexts: [{name: c, context: {cluster: c}}]\ncurrent-context: c\n"
	if err := os.WriteFile(dead, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	into.wantRefused(t, dead, "Can't find out whether evrocclusters")
}

const someSecrets = `
apiVersion: v1
kind: Secret
metadata:
  name: held
  namespace: default
  labels: {infrastructure.cluster.x-k8s.io/evroc-credentials: ""}
  finalizers: [example.com/other, infrastructure.cluster.x-k8s.io/evroc-credentials]
---
apiVersion: v1
kind: Secret
metadata:
  name: released
  namespace: default
  labels: {infrastructure.cluster.x-k8s.io/evroc-credentials: ""}
`

// Nobody would take the finalizer off any more, and the namespace of such a
// Secret could never be deleted.
func TestUninstallRefusesWhileSecretsAreHeld(t *testing.T) {
	into := install(t)
	into.kubectl(t, "apply", "-f", manifest(t, someSecrets))
	into.wantRefused(t, into.admin, "secret/held --namespace default\n")
	if output, _ := uninstall(t, into.admin, ""); strings.Contains(output, "released") {
		t.Errorf("it names a Secret that nothing holds:\n%s", output)
	}
	into.wantRefused(t, into.user(t, "no-secrets", rbacv1.PolicyRule{
		Verbs: []string{"*"}, APIGroups: []string{"apiextensions.k8s.io", "rbac.authorization.k8s.io", group}, Resources: []string{"*"}}),
		"Can't find out whether there are Secrets")
	into.kubectl(t, "patch", "secret/held", "--namespace", "default", "--type=merge", "-p", `{"metadata":{"finalizers":null}}`)
	into.finishNamespace(t)
	if output, err := uninstall(t, into.admin, ""); err != nil {
		t.Errorf("%v:\n%s", err, output)
	}
}

// The provider needs its account and its rights for what is made in the last
// moment.
func TestUninstallTakesAccountAndRightsLast(t *testing.T) {
	into := install(t)
	wrapper := fmt.Sprintf(`if [[ $* == "get evrocmachines."* ]]; then
  "$real" "$@"
  exec "$real" apply -f %s >/dev/null
fi`, manifest(t, aMachine))
	output, err := uninstall(t, into.admin, wrapper)
	if err == nil || !strings.Contains(output, "the rest stays") {
		t.Errorf("err %v:\n%s", err, output)
	}
	into.kubectl(t, "get", "clusterrole,clusterrolebinding", "evroc-shim")
	into.kubectl(t, "get", "serviceaccount", "evroc-shim", "-n", "evroc-system")
	into.kubectl(t, "patch", "evrocmachine", "m", "--type=merge", "-p", `{"metadata": {"finalizers": null}}`)
	into.finishNamespace(t)
	if output, err := uninstall(t, into.admin, ""); err != nil {
		t.Fatalf("%v:\n%s", err, output)
	}
	if left := into.kubectl(t, "get", "crd", "-o", "name"); strings.Contains(left, group) {
		t.Errorf("there are still\n%s", left)
	}
	if output, err := uninstall(t, into.admin, ""); err != nil {
		t.Errorf("a repeat: %v:\n%s", err, output)
	}
}

// finishNamespace does in the background what a controller manager does: it
// lets the namespace go.
func (i installation) finishNamespace(t *testing.T) {
	t.Helper()
	clients := kubernetes.NewForConfigOrDie(i.environment.Config)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = poll(ctx, func(ctx context.Context) (bool, error) {
			namespace, err := clients.CoreV1().Namespaces().Get(ctx, "evroc-system", metav1.GetOptions{})
			if err != nil || namespace.DeletionTimestamp == nil {
				return false, nil
			}
			namespace.Spec.Finalizers = nil
			_, err = clients.CoreV1().Namespaces().Finalize(ctx, namespace, metav1.UpdateOptions{})
			return err == nil, nil
		})
	}()
	t.Cleanup(func() { cancel(); <-done })
}
