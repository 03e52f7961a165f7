package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/process"
)

// shell runs a tool as a user would, and shows the command and its output.
func (d *demo) shell(ctx context.Context, name string, arguments ...string) error {
	d.screen.print("    $ " + name + " " + shown(d.options.dir, arguments))
	output, err := d.output(ctx, nil, name, arguments...)
	for line := range strings.Lines(string(output)) {
		d.screen.print("    " + strings.TrimRight(line, " \n"))
	}
	return err
}

// shown returns the arguments as a user would type them in the test
// environment's folder.
func shown(folder string, arguments []string) string {
	var words []string
	for _, one := range arguments {
		one = strings.ReplaceAll(one, folder+"/", "")
		if strings.ContainsAny(one, " {}[]'\"$") {
			one = "'" + one + "'"
		}
		words = append(words, one)
	}
	return strings.Join(words, " ")
}

// output runs a tool and returns its standard output.
func (d *demo) output(ctx context.Context, variables []string, name string,
	arguments ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, d.options.tools.Path(name), arguments...)
	command.Env = append(process.Environment(),
		"KUBECONFIG="+d.env.Management.AdminKubeconfig(),
		// It would ask the internet for newer ones.
		"CLUSTERCTL_DISABLE_VERSIONCHECK=true")
	command.Env = append(command.Env, variables...)
	var complaints bytes.Buffer
	command.Stderr = &complaints
	output, err := command.Output()
	if err != nil {
		return output, fmt.Errorf("%s: %w: %s", filepath.Base(name), err,
			strings.TrimSpace(complaints.String()))
	}
	return output, nil
}
