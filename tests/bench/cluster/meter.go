package main

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// meter records when each machine runs in the cloud and when its EvrocMachine
// is provisioned.
type meter struct {
	cloud  *cloud.Cloud
	client client.WithWatch
	stop   func()

	mu sync.Mutex
	// running and provisioned are times by providerID. Guarded by mu.
	running, provisioned map[string]time.Time
}

func newMeter(ctx context.Context, c *cloud.Cloud,
	api client.WithWatch) *meter {
	m := &meter{cloud: c, client: api, running: map[string]time.Time{},
		provisioned: map[string]time.Time{}}
	ctx, cancel := context.WithCancel(ctx)
	var both sync.WaitGroup
	for _, follow := range []func(context.Context) error{m.followCloud,
		m.followAPI} {
		both.Go(func() { again(ctx, follow) })
	}
	m.stop = func() {
		cancel()
		both.Wait()
	}
	return m
}

// again restarts follow whenever it ends.
func again(ctx context.Context, follow func(context.Context) error) {
	for ctx.Err() == nil {
		// A stream that fails is opened again after a moment.
		_ = follow(ctx)
		_ = wait(ctx, 100*time.Millisecond)
	}
}

func (m *meter) followCloud(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet,
		m.cloud.URL+"/sim/v1/vms?watch=true", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var vm struct{ UID, State string }
		if json.Unmarshal(lines.Bytes(), &vm) == nil && vm.State == "Running" {
			m.note(m.running, "evroc://"+vm.UID)
		}
	}
	return lines.Err()
}

func (m *meter) followAPI(ctx context.Context) error {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(e2e.MachineKind.GroupVersion().
		WithKind(e2e.MachineKind.Kind + "List"))
	events, err := m.client.Watch(ctx, list, client.InNamespace(namespace))
	if err != nil {
		return err
	}
	defer events.Stop()
	for event := range events.ResultChan() {
		object, is := event.Object.(*unstructured.Unstructured)
		if !is {
			continue
		}
		provisioned, _, _ := unstructured.NestedBool(object.Object, "status",
			"initialization", "provisioned")
		id, _, _ := unstructured.NestedString(object.Object, "spec",
			"providerID")
		if provisioned && id != "" {
			m.note(m.provisioned, id)
		}
	}
	return nil
}

func (m *meter) note(times map[string]time.Time, id string) {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, known := times[id]; !known {
		times[id] = now
	}
}

// count returns the number of machines that are provisioned.
func (m *meter) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.provisioned)
}

// latency returns the times from running to provisioned.
func (m *meter) latency() quantiles {
	m.mu.Lock()
	defer m.mu.Unlock()
	var times []time.Duration
	for id, at := range m.provisioned {
		if began, known := m.running[id]; known {
			times = append(times, at.Sub(began))
		}
	}
	return quantilesOf(times)
}
