package e2e

import (
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// RefuseEvroc applies a merge patch to the EvrocCluster that the API server has
// to refuse, with that name.
func (c *Cluster) RefuseEvroc(patch, name string) {
	c.T.Helper()
	c.refuse(ClusterKind, c.EvrocKey(), patch, name)
}

// RefuseEvroc is that of Cluster, for the EvrocMachine.
func (m *Machine) RefuseEvroc(patch, name string) {
	m.T.Helper()
	m.refuse(MachineKind, m.Key(), patch, name)
}

func (f *Fixture) refuse(kind schema.GroupVersionKind, key client.ObjectKey,
	patch, name string) {
	f.T.Helper()
	err := f.merge(f.T.Context(), kind, key, patch)
	if !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), name) {
		f.T.Errorf("%s: want a refusal that names %s: %v", patch, name, err)
	}
}
