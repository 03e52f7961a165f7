package workload

import (
	"context"
	"errors"
	"fmt"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload/boot"
)

// machine is the guest of a VM. All fields but the first two are guarded by
// the Cloud's mutex.
type machine struct {
	cloud *Cloud
	uid   string

	vm VM
	// plan is the result of the user data, which is read once in the machine's
	// life.
	plan *boot.Plan
	// refusal is the reason why there is no node.
	refusal error
	// waiting is the error that the machine currently retries.
	waiting error
	// booted is whether the machine has joined its cluster once; it then needs no
	// token.
	booted  bool
	cluster *cluster
	// up is whether the node exists.
	up bool

	// cancel ends the current run; nil when the machine is off.
	cancel context.CancelFunc
	// done is closed when the last run has ended.
	done chan struct{}
}

func newMachine(cloud *Cloud, vm VM) *machine {
	return &machine{cloud: cloud, uid: vm.UID, vm: vm}
}

// observeLocked starts or stops the guest with the machine.
func (m *machine) observeLocked(vm VM) {
	m.vm = vm
	switch {
	case vm.running() && m.cancel == nil:
		m.startLocked()
	case !vm.running():
		m.stopLocked()
	}
}

func (m *machine) startLocked() {
	ctx, cancel := context.WithCancel(m.cloud.ctx)
	before, done := m.done, make(chan struct{})
	m.cancel, m.done = cancel, done
	m.waiting = nil
	vm := m.vm
	m.cloud.tasks.Go(func() {
		defer close(done)
		if before != nil {
			<-before
		}
		m.run(ctx, vm)
	})
}

func (m *machine) stopLocked() {
	if m.cancel == nil {
		return
	}
	m.cancel()
	m.cancel = nil
}

// run runs the guest from power on to power off.
func (m *machine) run(ctx context.Context, vm VM) {
	log := m.cloud.log.WithValues("vm", vm.Key())
	defer m.setUp(false)
	plan, err := m.read(ctx, vm)
	if err == nil {
		var off func()
		off, err = m.boot(ctx, vm, plan)
		defer off()
	}
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		log.Info("Refused a node", "reason", err.Error())
		m.setRefusal(err)
	} else {
		log.Info("Booted a node", "node", plan.Node.Name, "as", plan.Kind())
		m.setUp(true)
	}
	<-ctx.Done()
}

// read fetches and evaluates the user data, once in the machine's life.
func (m *machine) read(ctx context.Context, vm VM) (*boot.Plan, error) {
	if plan, refusal := m.verdict(); plan != nil || refusal != nil {
		return plan, refusal
	}
	for {
		userData, err := m.cloud.sim.userData(ctx, vm)
		if err == nil {
			return m.decide(userData, vm)
		}
		m.setWaiting(fmt.Errorf("read the user data: %w", err))
		if pause(ctx, m.cloud.options.RetryInterval); ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}

func (m *machine) decide(userData []byte, vm VM) (*boot.Plan, error) {
	guest := boot.Guest{Hostname: vm.Hostname, InstanceID: vm.UID, Zone: vm.Zone, Region: vm.Region,
		Kubernetes: vm.kubernetes()}
	for _, key := range vm.SSHKeys {
		guest.SSHKeys = append(guest.SSHKeys, key.Value)
	}
	plan, err := boot.Decide(userData, guest)
	if err != nil {
		return nil, err
	}
	if plan.Role != boot.Worker && vm.DataPlane == "" {
		return nil, errors.New("the machine has no data-plane address: evroc-sim runs without --data-plane")
	}
	m.cloud.mu.Lock()
	defer m.cloud.mu.Unlock()
	m.plan = plan
	return plan, nil
}

// boot makes the machine join its cluster. off reverts that; it is never nil.
func (m *machine) boot(ctx context.Context, vm VM, plan *boot.Plan) (off func(), err error) {
	if plan.RKE2 != nil {
		return m.bootRKE2(ctx, vm, plan)
	}
	return m.bootKubeadm(ctx, vm, plan)
}

// verdict returns the result of an earlier run: cloud-init runs once in the
// life of a machine, so a failure is final.
func (m *machine) verdict() (*boot.Plan, error) {
	m.cloud.mu.Lock()
	defer m.cloud.mu.Unlock()
	return m.plan, m.refusal
}

func (m *machine) hasBooted() bool {
	m.cloud.mu.Lock()
	defer m.cloud.mu.Unlock()
	return m.booted
}

func (m *machine) setBooted(cl *cluster) {
	m.cloud.mu.Lock()
	defer m.cloud.mu.Unlock()
	m.booted, m.cluster, m.waiting = true, cl, nil
}

func (m *machine) setRefusal(err error) {
	m.cloud.mu.Lock()
	defer m.cloud.mu.Unlock()
	m.refusal, m.waiting = err, nil
	m.cloud.noteChangeLocked()
}

func (m *machine) setUp(up bool) {
	m.cloud.mu.Lock()
	defer m.cloud.mu.Unlock()
	m.up = up
	m.cloud.noteChangeLocked()
}

func (m *machine) setWaiting(err error) {
	m.cloud.mu.Lock()
	defer m.cloud.mu.Unlock()
	m.waiting = err
	m.cloud.noteChangeLocked()
}

// persist calls try until it succeeds, returns a final error, or the time for
// joining is over.
func (m *machine) persist(ctx context.Context, try func(context.Context) error) error {
	deadline, cancel := context.WithTimeout(ctx, m.cloud.options.JoinTimeout)
	defer cancel()
	var last error
	for {
		err := try(deadline)
		if err == nil {
			return nil
		}
		if last == nil || deadline.Err() == nil {
			last = err
		}
		var final *finalError
		if errors.As(err, &final) || deadline.Err() != nil {
			return last
		}
		m.setWaiting(err)
		pause(deadline, m.cloud.options.RetryInterval)
	}
}

// finalError is an error that a retry can't resolve.
type finalError struct{ error }

func final(format string, arguments ...any) error {
	return &finalError{fmt.Errorf(format, arguments...)}
}
