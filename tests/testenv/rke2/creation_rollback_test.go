package rke2_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	bootstrapv1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/bootstrap/v1beta2"
)

func TestUndoesWhatItMade(t *testing.T) {
	for resource, kind := range map[string]string{
		"rke2configs": "bootstrap.cluster.x-k8s.io", "machines": "cluster.x-k8s.io",
	} {
		t.Run(resource, func(t *testing.T) {
			f := newFixture(t, noSwitches)
			allow := f.refuse(kind, resource)
			f.build(1)
			deleted := f.watchInfra()
			f.provision()
			select {
			case name := <-deleted:
				if !strings.HasPrefix(name, f.namespace+"/"+templateName+"-") {
					t.Errorf("deleted %q", name)
				}
			case <-f.ctx.Done():
				t.Fatal("no infrastructure machine was deleted")
			}
			if err := f.machineCount(0)(); err != nil {
				t.Error(err)
			}
			allow()
			f.until("the Machine", f.machineCount(1))
			f.until("only its parts", func() error {
				if infra, configs := len(f.infraMachines()), len(f.configs()); infra != 1 || configs != 1 {
					return fmt.Errorf("%d infrastructure machines and %d configurations", infra, configs)
				}
				return nil
			})
		})
	}
}

// refuse makes an admission policy that forbids to create such objects in the
// namespace, and waits until it is enforced. The returned function removes it.
func (f *fixture) refuse(group, resource string) func() {
	f.t.Helper()
	policy, binding := refusal(f.namespace, group, resource)
	for _, object := range []client.Object{policy, binding} {
		if err := server.client.Create(f.ctx, object); err != nil {
			f.t.Fatal("make a policy:", err)
		}
	}
	var probe client.Object = &bootstrapv1.RKE2Config{ObjectMeta: metav1.ObjectMeta{Name: "probe"}}
	if resource == "machines" {
		probe = foreignMachine("probe")
	}
	probe.SetNamespace(f.namespace)
	f.until("the policy", func() error {
		err := server.client.Create(f.ctx, probe, client.DryRunAll)
		if err == nil || !strings.Contains(err.Error(), policy.GetName()) {
			return fmt.Errorf("not refused: %v", err)
		}
		return nil
	})
	return func() {
		for _, object := range []client.Object{binding, policy} {
			if err := server.client.Delete(f.ctx, object); err != nil {
				f.t.Fatal("remove a policy:", err)
			}
		}
	}
}

// refusal returns a policy against creating such objects in a namespace, and
// its binding.
func refusal(namespace, group, resource string) (policy, binding client.Object) {
	name := resource + "-" + namespace
	always := admissionv1.Fail
	rule := admissionv1.NamedRuleWithOperations{
		RuleWithOperations: admissionv1.RuleWithOperations{
			Operations: []admissionv1.OperationType{admissionv1.Create},
			Rule: admissionv1.Rule{
				APIGroups: []string{group}, APIVersions: []string{"*"}, Resources: []string{resource},
			},
		},
	}
	policy = &admissionv1.ValidatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: admissionv1.ValidatingAdmissionPolicySpec{
			FailurePolicy: &always,
			MatchConstraints: &admissionv1.MatchResources{
				ResourceRules: []admissionv1.NamedRuleWithOperations{rule},
			},
			Validations: []admissionv1.Validation{{
				Expression: "object.metadata.namespace != '" + namespace + "'",
			}},
		},
	}
	binding = &admissionv1.ValidatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: admissionv1.ValidatingAdmissionPolicyBindingSpec{
			PolicyName:        name,
			ValidationActions: []admissionv1.ValidationAction{admissionv1.Deny},
		},
	}
	return policy, binding
}

// watchInfra returns a channel that gets the name of the first infrastructure
// machine that is deleted.
func (f *fixture) watchInfra() <-chan string {
	f.t.Helper()
	clients, err := dynamic.NewForConfig(server.config)
	if err != nil {
		f.t.Fatal(err)
	}
	machines := clients.Resource(infrastructure.WithResource("evrocmachines")).Namespace(f.namespace)
	deleted := make(chan string, 1)
	_, informer := cache.NewInformerWithOptions(cache.InformerOptions{
		ListerWatcher: &cache.ListWatch{
			ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
				return machines.List(ctx, o)
			},
			WatchFuncWithContext: machines.Watch,
		},
		ObjectType: &unstructured.Unstructured{},
		Handler: cache.ResourceEventHandlerFuncs{DeleteFunc: func(object any) {
			if key, err := cache.DeletionHandlingMetaNamespaceKeyFunc(object); err == nil {
				select {
				case deleted <- key:
				default:
				}
			}
		}},
	})
	go informer.RunWithContext(f.ctx)
	if !cache.WaitForCacheSync(f.ctx.Done(), informer.HasSynced) {
		f.t.Fatal("watch infrastructure machines:", f.ctx.Err())
	}
	return deleted
}
