package main

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/testenv"
)

// The tenants of the fairness mode. Each has a credential and a cluster.
const (
	friendlyTenants = 80
	hostileTenants  = 20
	fairnessRounds  = 5
	// Of a round; the clusters of the next one have other names.
	numbersOfRound = 1000
)

// mostSlower is how much longer the friendly tenants may take beside the
// hostile ones.
const mostSlower = 1.2

// The names of the phases, without the number of the round.
const (
	alonePhase  = "alone"
	besidePhase = "beside the hostile"
)

// fairnessMode measures how long tenants take alone, and beside others whose
// clouds are there to hold them up.
type fairnessMode struct {
	*coreMode
	credential []byte
	hostile    []*httptest.Server
}

func fairness(ctx context.Context, o options) (_ *report, err error) {
	o.coreMachines = 2
	h, err := newHarness(ctx, o, "fairness",
		testenv.Options{WithoutManagers: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	m := &fairnessMode{coreMode: newCoreMode(h), hostile: hostileClouds()}
	defer func() {
		for _, cloud := range m.hostile {
			cloud.CloseClientConnections()
		}
	}()
	h.report.Clusters = friendlyTenants
	h.report.Machines = friendlyTenants * o.coreMachines
	if m.credential, err = m.cloud.Credential("token.yaml"); err != nil {
		return h.report, err
	}
	if err := m.startShim(ctx); err != nil {
		return h.report, err
	}
	defer m.keepOpening(ctx)()
	for n := range fairnessRounds {
		if err := m.round(ctx, n); err != nil {
			return h.report, err
		}
	}
	h.report.Slower = medianOf(h.report.Phases, besidePhase) /
		medianOf(h.report.Phases, alonePhase)
	return h.report, nil
}

// round measures both once.
func (m *fairnessMode) round(ctx context.Context, n int) error {
	first := 2 * n * numbersOfRound
	err := m.during(ctx, fmt.Sprintf("%s %d", alonePhase, n+1),
		func(ctx context.Context) error { return m.live(ctx, first) })
	if err != nil {
		return err
	}
	first += numbersOfRound
	hostile := numbers(first+friendlyTenants, hostileTenants)
	if err := m.admit(ctx, hostile); err != nil {
		return err
	}
	err = m.during(ctx, fmt.Sprintf("%s %d", besidePhase, n+1),
		func(ctx context.Context) error { return m.live(ctx, first) })
	return errors.Join(err, m.expel(ctx, hostile))
}

func numbers(first, count int) []int {
	var all []int
	for n := range count {
		all = append(all, first+n)
	}
	return all
}

// live makes the friendly tenants' clusters and deletes them again.
func (m *fairnessMode) live(ctx context.Context, first int) error {
	friendly := numbers(first, friendlyTenants)
	before := m.meter.count()
	err := inParallel(ctx, friendlyTenants, func(ctx context.Context, i int) error {
		n := friendly[i]
		return m.makeCluster(ctx, n,
			fmt.Appendf(slices.Clone(m.credential), "\n# tenant %d\n", n))
	})
	if err != nil {
		return err
	}
	err = m.await(ctx, func(context.Context) error {
		made := m.meter.count() - before
		return e2e.That(made == m.report.Machines,
			"%d of %d machines are provisioned", made, m.report.Machines)
	})
	if err != nil {
		return err
	}
	if err := m.deleteClusters(ctx, friendly); err != nil {
		return err
	}
	return m.await(ctx, func(ctx context.Context) error {
		left, err := m.cloud.Inventory(ctx, "")
		return e2e.Both(err, e2e.That(len(left) == 0,
			"%d objects in the cloud", len(left)))
	})
}

// admit makes the hostile tenants' clusters, and says that they are provisioned
// so that their machines are begun as well.
func (m *fairnessMode) admit(ctx context.Context, hostile []int) error {
	err := inParallel(ctx, len(hostile), func(ctx context.Context, i int) error {
		n := hostile[i]
		cloud := m.hostile[n%len(m.hostile)]
		if err := m.makeCluster(ctx, n, credentialOf(cloud, n)); err != nil {
			return err
		}
		cluster := e2e.NewCluster(namespace, clusterName(n))
		before := cluster.DeepCopy()
		cluster.Status.Initialization.InfrastructureProvisioned = ptr.To(true)
		return m.client.Status().Patch(ctx, cluster, client.MergeFrom(before))
	})
	if err != nil {
		return err
	}
	return wait(ctx, 10*time.Second)
}

// expel removes the hostile tenants' objects, which the shim can't delete.
func (m *fairnessMode) expel(ctx context.Context, hostile []int) error {
	if err := m.deleteClusters(ctx, hostile); err != nil {
		return err
	}
	return inParallel(ctx, len(hostile), func(ctx context.Context, i int) error {
		n := hostile[i]
		for k := range m.o.coreMachines {
			err := m.forget(ctx, e2e.Evroc(e2e.MachineKind, namespace,
				machineName(n, k), nil))
			if err != nil {
				return err
			}
		}
		return m.forget(ctx, e2e.Evroc(e2e.ClusterKind, namespace,
			clusterName(n), nil))
	})
}

// forget removes the finalizers of an object until it is gone.
func (m *fairnessMode) forget(ctx context.Context, object client.Object) error {
	return e2e.Await(ctx, time.Minute, func(ctx context.Context) error {
		if err := m.core.Release(ctx, object); err != nil {
			return err
		}
		err := m.client.Get(ctx, client.ObjectKeyFromObject(object), object)
		if apierrors.IsNotFound(err) {
			return nil
		}
		return errors.Join(err, fmt.Errorf("%s is there", object.GetName()))
	})
}

// medianOf returns the median of the phases' seconds.
func medianOf(phases []*phase, name string) float64 {
	var seconds []float64
	for _, p := range phases {
		if strings.HasPrefix(p.Name, name+" ") {
			seconds = append(seconds, p.Seconds)
		}
	}
	slices.Sort(seconds)
	return seconds[len(seconds)/2]
}
