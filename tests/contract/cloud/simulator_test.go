package cloud

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"evroc.com/cluster-api-provider-evroc/tests/contract/cloud/client"
)

var errNoSimulator = errors.New("there is no evroc-sim: build //tests/evroc_sim, or set EVROC_SIM")

// startSimulator starts evroc-sim as its users do, and returns the credentials
// that it writes.
func startSimulator() (client.Credentials, func(), error) {
	program := simulatorProgram()
	if program == "" {
		return client.Credentials{}, nil, errNoSimulator
	}
	folder, err := os.MkdirTemp("", "cloud-contract-")
	if err != nil {
		return client.Credentials{}, nil, err
	}
	command := exec.Command(program, "--listen=127.0.0.1:0", "--credentials-out="+folder,
		"--project=contract", "--organization=contract-org")
	// It would end before the suite has deleted what it made.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	output, err := command.StdoutPipe()
	if err != nil {
		return client.Credentials{}, nil, err
	}
	if err := command.Start(); err != nil {
		return client.Credentials{}, nil, err
	}
	stop := func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		_ = os.RemoveAll(folder)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "ready ") {
		stop()
		return client.Credentials{}, nil, errors.New("evroc-sim did not start: " + line)
	}
	credentials, err := client.FromProfile(filepath.Join(folder, "profile.yaml"), "")
	return credentials, stop, err
}

func simulatorProgram() string {
	for _, program := range []string{os.Getenv("EVROC_SIM"), "../../../bazel-bin/tests/evroc_sim/evroc_sim"} {
		if _, err := os.Stat(program); program != "" && err == nil {
			return program
		}
	}
	return ""
}
