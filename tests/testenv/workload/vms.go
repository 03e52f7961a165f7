package workload

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"time"
)

// VM is a machine in evroc-sim's control API.
type VM struct {
	ID       string `json:"id"`
	Project  string `json:"project"`
	UID      string `json:"uid"`
	Hostname string `json:"hostname"`
	Region   string `json:"region"`
	Zone     string `json:"zone"`
	State    string `json:"state"`
	// PrivateIPv4 is the address in the VPC, PublicIPv4 that of the machine's
	// public IP, DataPlane the loopback address that represents the machine.
	PrivateIPv4 string `json:"private_ipv4"`
	PublicIPv4  string `json:"public_ipv4"`
	DataPlane   string `json:"data_plane"`
	// Image is that of the boot disk; its version is a custom image's.
	Image struct {
		Version string `json:"version"`
	} `json:"image"`
	SSHKeys []struct {
		Value string `json:"value"`
	} `json:"ssh_keys"`
}

// Key returns project/id.
func (v VM) Key() string { return v.Project + "/" + v.ID }

var kubernetesVersion = regexp.MustCompile(`^v\d+\.\d+\.\d+`)

// kubernetes returns the version of the Kubernetes in the machine's image: the
// version of a custom image, if it looks like one of Kubernetes.
func (v VM) kubernetes() string {
	if kubernetesVersion.MatchString(v.Image.Version) {
		return v.Image.Version
	}
	return ""
}

func (v VM) running() bool { return v.State == "Running" }

func (v VM) gone() bool { return v.State == "Gone" }

// vmLine is a line of the watch: a machine, or the end of the snapshot.
type vmLine struct {
	VM
	Synced bool `json:"synced"`
}

// simulator is a client of evroc-sim's control API.
type simulator struct {
	url  string
	http *http.Client
}

func (s *simulator) get(ctx context.Context, path string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path, nil)
	if err != nil {
		return nil, err
	}
	response, err := s.http.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		_ = response.Body.Close()
		return nil, fmt.Errorf("evroc-sim answers %s to %s", response.Status, path)
	}
	return response.Body, nil
}

// userData returns the user data of the machine.
func (s *simulator) userData(ctx context.Context, vm VM) ([]byte, error) {
	path := "/sim/v1/vms/" + url.PathEscape(vm.Project) + "/" + url.PathEscape(vm.ID) + "/user-data"
	body, err := s.get(ctx, path)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(body)
}

// follow calls change for each line of one watch until the watch ends, which it
// always does with an error.
func (s *simulator) follow(ctx context.Context, change func(vmLine)) error {
	body, err := s.get(ctx, "/sim/v1/vms?watch=true")
	if err != nil {
		return err
	}
	defer body.Close()
	decoder := json.NewDecoder(body)
	for {
		var line vmLine
		if err := decoder.Decode(&line); err != nil {
			return err
		}
		change(line)
	}
}

// watchMachines watches the simulator until the context ends, also across its
// restarts.
func (c *Cloud) watchMachines(ctx context.Context) {
	for ctx.Err() == nil {
		snapshot := map[string]bool{}
		inSnapshot := true
		err := c.sim.follow(ctx, func(line vmLine) {
			switch {
			case line.Synced:
				inSnapshot = false
				c.endSnapshot(snapshot)
			default:
				if inSnapshot {
					snapshot[line.UID] = true
				}
				c.observe(line.VM)
			}
		})
		if ctx.Err() == nil && !errors.Is(err, io.EOF) {
			c.log.Info("Lost the machines of evroc-sim", "error", err.Error())
		}
		pause(ctx, c.options.RetryInterval)
	}
}

// pause waits until the duration is over or the context ends.
func pause(ctx context.Context, duration time.Duration) {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
