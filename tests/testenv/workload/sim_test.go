package workload_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload"
)

const (
	networkAPI  = "networking/v1beta2"
	computeAPI  = "compute/v1beta2"
	balancerAPI = "loadbalancer/v1alpha1"
	place       = "/projects/demo/regions/se-sto/"
)

// latencies make everything instant, except for operations that take time in
// the real cloud.
const latencies = `{"latency_ms": {"disk_create": 1, "vm_create": 1, "vm_stop": 1, "vm_start": 1, "vm_delete": 1,
	"public_ip_create": 1, "load_balancer_create": 1, "other_create": 1, "network_create": 1, "delete": 1}}`

// sim is an evroc-sim process with a data plane of its own.
type sim struct {
	t         *testing.T
	folder    string
	dataPlane string
	command   *exec.Cmd
	url       string
	token     string
}

// startSim starts the program; EVROC_SIM is its path.
func startSim(t *testing.T, dataPlane string) *sim {
	t.Helper()
	s := &sim{t: t, folder: t.TempDir(), dataPlane: dataPlane}
	s.launch("127.0.0.1:0")
	t.Cleanup(s.kill)
	s.settings()
	return s
}

func (s *sim) launch(address string) {
	s.t.Helper()
	s.command = exec.Command(simProgram(s.t), "--listen="+address, "--data-plane="+s.dataPlane,
		"--credentials-out="+s.folder, "--project=demo", "--state="+filepath.Join(s.folder, "state"))
	output, err := s.command.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.command.Start(); err != nil {
		s.t.Fatal(err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	fields := strings.Fields(line)
	if err != nil || len(fields) != 3 || fields[0] != "ready" {
		s.t.Fatalf("evroc-sim says %q, %v", line, err)
	}
	token, err := os.ReadFile(filepath.Join(s.folder, "token.yaml"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.url, s.token = "http://"+fields[2], tokenIn(s.t, token)
}

func (s *sim) kill() {
	_ = s.command.Process.Kill()
	_ = s.command.Wait()
}

// restart stops the simulator gracefully, and starts it at the same address.
func (s *sim) restart() {
	s.t.Helper()
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	_ = s.command.Wait()
	s.launch(strings.TrimPrefix(s.url, "http://"))
}

func simProgram(t *testing.T) string {
	t.Helper()
	for _, program := range []string{os.Getenv("EVROC_SIM"), "../../../bazel-bin/tests/evroc_sim/evroc_sim"} {
		if _, err := os.Stat(program); program != "" && err == nil {
			return program
		}
	}
	const missing = "there is no evroc-sim: build //tests/evroc_sim, or set EVROC_SIM"
	if os.Getenv("EVROC_TESTENV_REQUIRED") == "1" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

var tokenPattern = regexp.MustCompile(`"?token"?:\s*"?([^"\s]+)`)

func tokenIn(t *testing.T, file []byte) string {
	match := tokenPattern.FindSubmatch(file)
	if match == nil {
		t.Fatalf("no token in %s", file)
	}
	return string(match[1])
}

// settings applies those latencies that this simulator has.
func (s *sim) settings() {
	var wanted, known map[string]map[string]any
	_ = json.Unmarshal([]byte(latencies), &wanted)
	body, _ := s.call(http.MethodGet, "/sim/v1/settings", "")
	_ = json.Unmarshal([]byte(body), &known)
	for name := range known["latency_ms"] {
		if _, listed := wanted["latency_ms"][name]; !listed {
			wanted["latency_ms"][name] = 1
		}
	}
	for name := range wanted["latency_ms"] {
		if _, there := known["latency_ms"][name]; !there {
			delete(wanted["latency_ms"], name)
		}
	}
	text, _ := json.Marshal(wanted)
	s.must(http.MethodPut, "/sim/v1/settings", string(text))
}

func (s *sim) call(method, path, body string) (string, int) {
	s.t.Helper()
	request, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return string(text), response.StatusCode
}

func (s *sim) must(method, path, body string) string {
	s.t.Helper()
	text, code := s.call(method, path, body)
	if code >= 300 {
		s.t.Fatalf("%s %s: %d %s", method, path, code, text)
	}
	return text
}

var references = strings.NewReplacer("$N", "/networking"+strings.TrimSuffix(place, "/"),
	"$C", "/compute"+strings.TrimSuffix(place, "/"), "$L", "/loadbalancer"+strings.TrimSuffix(place, "/"))

func (s *sim) post(api, collection, kind, id, spec string) {
	s.t.Helper()
	s.must(http.MethodPost, "/"+api+place+collection,
		fmt.Sprintf(`{"apiVersion": %q, "kind": %q, "metadata": {"id": %q}, "spec": %s}`, api, kind, id, references.Replace(spec)))
}

// addVM makes a machine with a disk. keys are set as its SSH keys.
func (s *sim) addVM(id, group string, userData []byte, keys ...string) {
	s.t.Helper()
	s.post(computeAPI, "disks", "Disk", id, `{"placement": {"zone": "a"}, "diskSize": {"amount": 1, "unit": "GB"}}`)
	settings := map[string]any{"cloudInitUserData": string(userData)}
	if len(keys) > 0 {
		var values []map[string]string
		for _, key := range keys {
			values = append(values, map[string]string{"value": key})
		}
		settings["ssh"] = map[string]any{"authorizedKeys": values}
	}
	text, _ := json.Marshal(settings)
	s.post(computeAPI, "virtualMachines", "VirtualMachine", id, fmt.Sprintf(
		`{"computeProfileRef": "/compute/global/computeProfiles/c1a.s",
		  "disks": [{"bootFrom": true, "diskRef": "$C/disks/%s"}], "placement": {"zone": "a"}, "osSettings": %s,
		  "networking": {"subnetRef": "$N/subnets/default-se-sto-a",
		    "securityGroupSettings": {"securityGroupMemberRefs": ["$N/securityGroups/%s"]}}}`, id, text, group))
}

// addGroup makes a security group that admits the VPC on the ports.
func (s *sim) addGroup(id string, ports ...int) {
	s.t.Helper()
	var rules []string
	for _, port := range ports {
		rules = append(rules, fmt.Sprintf(`{"name": "p%d", "direction": "Ingress", "protocol": "TCP", "port": %d,
			"remote": {"vpcRef": "$N/virtualPrivateClouds/default-se-sto"}}`, port, port))
	}
	s.post(networkAPI, "securityGroups", "SecurityGroup", id,
		`{"vpcRef": "$N/virtualPrivateClouds/default-se-sto", "rules": [`+strings.Join(rules, ",")+`]}`)
}

// addBalancer makes a load balancer with the backends on the ports, all checked
// on 6443, and returns its address.
func (s *sim) addBalancer(id string, ports []int, backends ...string) string {
	s.t.Helper()
	s.post(networkAPI, "publicIPs", "PublicIP", id, "{}")
	s.post(balancerAPI, "backendPools", "BackendPool", id, s.pool(backends))
	var listeners []string
	for _, port := range ports {
		name := fmt.Sprintf("%s-%d", id, port)
		s.post(balancerAPI, "backendServices", "BackendService", name, fmt.Sprintf(
			`{"port": %d, "backendPoolRef": "$L/backendPools/%s",
			  "healthCheck": {"tcp": {}, "interval": "20ms", "timeout": "1s", "targetPort": 6443}}`, port, id))
		s.post(balancerAPI, "l4Routes", "L4Route", name, `{"defaultBackendServiceRef": "$L/backendServices/`+name+`"}`)
		listeners = append(listeners, fmt.Sprintf(`{"port": %d, "protocol": "TCP", "routeRefs": ["$L/l4Routes/%s"]}`, port, name))
	}
	s.post(balancerAPI, "loadBalancers", "LoadBalancer", id, fmt.Sprintf(
		`{"publicIPRef": "$N/publicIPs/%s", "listeners": [%s]}`, id, strings.Join(listeners, ",")))
	return s.addressOf(id)
}

func (s *sim) pool(backends []string) string {
	refs := make([]string, 0, len(backends))
	for _, backend := range backends {
		refs = append(refs, `"$C/virtualMachines/`+backend+`"`)
	}
	return `{"backendRefs": [` + strings.Join(refs, ",") + `]}`
}

// addressOf waits for the public IP of the balancer.
func (s *sim) addressOf(id string) string {
	s.t.Helper()
	for end := time.Now().Add(testTimeout); time.Now().Before(end); {
		var object struct {
			Status struct {
				Networking struct {
					Address string `json:"publicIPv4Address"`
				} `json:"networking"`
			} `json:"status"`
		}
		text := s.must(http.MethodGet, "/"+balancerAPI+place+"loadBalancers/"+id, "")
		if err := json.Unmarshal([]byte(text), &object); err != nil {
			s.t.Fatal(err)
		}
		if object.Status.Networking.Address != "" {
			return object.Status.Networking.Address
		}
	}
	s.t.Fatalf("the load balancer %s gets no address", id)
	return ""
}

// act stops, starts or removes a machine outside of the API.
func (s *sim) act(id, action string) {
	s.t.Helper()
	s.must(http.MethodPost, "/sim/v1/vms/demo/"+id+"/"+action, "")
}

const testTimeout = 60 * time.Second

// start starts to simulate the workload clusters of the simulator.
func start(t *testing.T, s *sim, change ...func(*workload.Options)) *workload.Cloud {
	t.Helper()
	options := workload.Options{SimURL: s.url, RetryInterval: 10 * time.Millisecond, JoinTimeout: testTimeout, Log: logTo(t)}
	for _, edit := range change {
		edit(&options)
	}
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	cloud, err := workload.Start(ctx, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cloud.Stop)
	return cloud
}

// await waits for the condition, and fails the test with the state of all
// machines.
func await(t *testing.T, cloud *workload.Cloud, what string, condition func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	if err := cloud.Await(ctx, condition); err != nil {
		var state bytes.Buffer
		for _, machine := range cloud.Machines() {
			fmt.Fprintf(&state, "\n%s %s as %q up=%t refused=%q waiting=%q",
				machine.VM.Key(), machine.VM.State, machine.As, machine.Up, machine.Refused, machine.Waiting)
		}
		t.Fatalf("%s: %v%s", what, err, state.String())
	}
}
