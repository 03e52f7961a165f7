package main

import (
	"bufio"
	"context"
	"errors"
	"os"
	"strings"

	"golang.org/x/term"
)

// errLooked ends the demonstration after the user has looked around.
var errLooked = errors.New("looked around")

// around tells the user how to look at the cluster.
const around = `
In another shell:

  . DIR/env.sh

  kubectl get cluster,evroccluster,machines,evrocmachines
  clusterctl describe cluster CLUSTER --show-conditions=all
  kubectl --kubeconfig=DIR/CLUSTER.kubeconfig get nodes \
    -o custom-columns=NAME:.metadata.name,ID:.spec.providerID

  curl -s $EVROC_SIM/sim/v1/inventory
  scope='{"scope": {"credentials": {"name": "profile.yaml"}}}'
  grpcurl -plaintext $EVROC_NETWORK_SERVICE list
  grpcurl -plaintext -d "$scope" $EVROC_NETWORK_SERVICE \
    evroc.network.v1.NetworkService/ListClusterNetworks
  grpcurl -plaintext -d "$scope" $EVROC_COMPUTE_SERVICE \
    evroc.compute.v1.ComputeService/ListVirtualMachines

  tail -f DIR/logs/{shim,network-service,compute-service,evroc-sim}.log
`

// stay waits until the user presses a key, or for a signal if there is no
// terminal.
func (d *demo) stay(ctx context.Context) error {
	kubeconfig, err := d.output(ctx, nil, "clusterctl", "get", "kubeconfig",
		clusterName)
	if err != nil {
		return err
	}
	path := d.path(clusterName + ".kubeconfig")
	if err := os.WriteFile(path, kubeconfig, 0o600); err != nil {
		return err
	}
	d.screen.print(strings.NewReplacer("DIR", d.options.dir,
		"CLUSTER", clusterName).Replace(around))
	pressed := make(chan struct{})
	if term.IsTerminal(int(os.Stdin.Fd())) {
		d.screen.print("Enter goes on: the cluster is deleted. " +
			"Ctrl-C ends everything at once.")
		go func() {
			_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
			close(pressed)
		}()
	} else {
		d.screen.print("SIGINT or SIGTERM ends everything.")
	}
	select {
	case <-pressed:
		return nil
	case <-ctx.Done():
		return errLooked
	}
}
