package product

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
)

// testTimeout allows for a loaded machine: no test waits that long normally.
const testTimeout = time.Minute

func start(t *testing.T) (*Product, context.Context) {
	t.Helper()
	programs := os.Getenv("EVROC_PROGRAMS")
	if programs == "" {
		programs = "../../../bazel-bin"
	}
	if _, err := Find(programs, Sim); err != nil {
		binaries.SkipOrFail(t, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	t.Cleanup(cancel)
	product, err := Start(ctx, Options{
		Dir: t.TempDir(), Logs: t.TempDir(), Programs: programs})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := product.Stop(); err != nil {
			t.Error(err)
		}
	})
	return product, ctx
}

func TestTheSimulatorKeepsItsAddressOverARestart(t *testing.T) {
	product, ctx := start(t)
	url := product.SimURL()
	product.Sim.Kill()
	if err := product.Sim.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if product.SimURL() != url {
		t.Errorf("it moved from %s to %s", url, product.SimURL())
	}
	answer, err := http.Get(url + "/sim/v1/inventory")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var inventory any
	if err := json.NewDecoder(answer.Body).Decode(&inventory); err != nil {
		t.Error(err)
	}
}

func TestServicesEndAndStartAgain(t *testing.T) {
	product, ctx := start(t)
	for _, service := range []*Program{product.Network, product.Compute} {
		address := service.Address()
		if err := service.Restart(ctx); err != nil {
			t.Error(err)
		}
		if service.Address() != address {
			t.Errorf("%s moved from %s", service.Name(), address)
		}
	}
}

func TestCredentialsAreThere(t *testing.T) {
	product, _ := start(t)
	for _, name := range []string{"profile.yaml", "kubeconfig.yaml"} {
		content, err := os.ReadFile(filepath.Join(product.Credentials(), name))
		if err != nil || !strings.Contains(string(content), product.Sim.Address()) {
			t.Errorf("%s: %v, and it names another address", name, err)
		}
	}
}

func TestTwoEnvironmentsHaveDifferentBlocks(t *testing.T) {
	one, err := claimBlock()
	if err != nil {
		t.Fatal(err)
	}
	defer one.release()
	other, err := claimBlock()
	if err != nil {
		t.Fatal(err)
	}
	defer other.release()
	if one.cidr == other.cidr {
		t.Errorf("both have %s", one.cidr)
	}
}

func TestAMissingProgramIsNamed(t *testing.T) {
	_, err := Find(t.TempDir(), Shim)
	if err == nil || !strings.Contains(err.Error(), "shim/shim") {
		t.Errorf("error is %v", err)
	}
}
