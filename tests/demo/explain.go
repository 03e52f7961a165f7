package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// explain prints details that help to see why a step failed.
func (d *demo) explain(ctx context.Context, failed step) {
	if d.env == nil || ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	d.screen.title("What there is")
	if err := d.shell(ctx, "clusterctl", "describe", "cluster", clusterName,
		"--grouping=false"); err != nil {
		d.screen.print("    " + err.Error())
	}
	for _, one := range d.env.Workload.Machines() {
		d.screen.print(fmt.Sprintf("    VM %s: %s, node %q %s %s", one.VM.ID, one.As,
			one.Node, one.Refused, one.Waiting))
	}
	logs := []string{"shim", "network-service", "compute-service", "workload"}
	for _, name := range slices.Concat(logs, d.options.flavor.logs, failed.logs) {
		d.tail(name)
	}
}

func (d *demo) tail(name string) {
	const count = 12
	path := filepath.Join(d.options.dir, "logs", name+".log")
	content, err := os.ReadFile(path)
	if err != nil {
		return
	}
	d.screen.print("    " + path + " ends with")
	for _, line := range lastLines(string(content), count) {
		d.screen.print("      " + line)
	}
}

func lastLines(text string, count int) []string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return lines[max(0, len(lines)-count):]
}
