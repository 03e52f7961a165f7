package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// row is a line of the table. Section, kind and name are its identity.
type row struct{ section, kind, name, state, details string }

// Sections of the table.
const (
	inCloud      = "Evroc Cloud (evroc-sim)"
	inWorkload   = "Nodes of the workload cluster"
	inManagement = "Cluster API"
)

// rows returns the rows of the table, in order.
func (s snapshot) rows() []row {
	var rows []row
	for _, one := range s.Parts {
		rows = append(rows, row{inCloud, one.Kind, one.Name, one.State, one.Details})
	}
	if len(s.Disks) > 0 {
		rows = append(rows, row{inCloud, "disks", "", "", tally(s.Disks)})
	}
	for _, one := range s.VMs {
		rows = append(rows, one.row())
	}
	for _, one := range s.Nodes {
		rows = append(rows, one.row())
	}
	for _, one := range s.Groups {
		rows = append(rows, one.row())
	}
	for _, one := range s.Machines {
		rows = append(rows, one.row())
	}
	return rows
}

func (one vm) row() row {
	details := []string{zone(one.Zone), one.Address}
	if one.Backend {
		details = append(details, "behind the load balancer")
	}
	return row{inCloud, "VM", one.ID, one.State, list(details...)}
}

func (one node) row() row {
	state := "NotReady"
	if one.Ready {
		state = "Ready"
	}
	why := ""
	if one.Uninitialized {
		why = "not initialized yet"
	}
	return row{inWorkload, "node", one.Name, state,
		list(one.Role, zone(one.Zone), one.Version, why)}
}

func (one group) row() row {
	details := ""
	if one.Wanted >= 0 {
		details = fmt.Sprintf("%d of %d %s", one.Ready, one.Wanted, one.good())
	}
	if !one.Healthy {
		details = list(details, one.Why)
	}
	return row{inManagement, one.Kind, one.Name, one.Phase, details}
}

// good is the adjective for the machines that the group counts.
func (one group) good() string {
	if one.Kind == healthCheck {
		return "healthy"
	}
	return "ready"
}

func (one machine) row() row {
	why := ""
	if !one.Ready {
		why = one.Why
	}
	return row{inManagement, "Machine", one.Name, one.Phase,
		list(zone(one.Zone), why)}
}

func zone(name string) string {
	if name == "" {
		return ""
	}
	return "zone " + name
}

// list joins the parts that are not empty.
func list(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts,
		func(one string) bool { return one == "" }), ", ")
}

// tally returns the number of objects in each state.
func tally(states []string) string {
	counts := map[string]int{}
	for _, state := range states {
		counts[state]++
	}
	var parts []string
	for _, state := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[state], state))
	}
	return list(parts...)
}

// identity returns the part of the row that does not change while the object
// exists.
func (r row) identity() row {
	return row{section: r.section, kind: r.kind, name: r.name}
}

// title is the name of the row in lines.
func (r row) title() string { return strings.TrimRight(r.kind+" "+r.name, " ") }

// line formats the row outside of the table.
func (r row) line() string {
	what := list(r.state, r.details)
	if what == "" {
		what = "made"
	}
	return r.title() + ": " + what
}

// changes returns a line for each row that is new, changed or gone.
func changes(before, after []row) []string {
	known := map[row]row{}
	for _, r := range before {
		known[r.identity()] = r
	}
	var lines []string
	for _, r := range after {
		if was, there := known[r.identity()]; !there || was != r {
			lines = append(lines, r.line())
		}
		delete(known, r.identity())
	}
	for _, r := range before {
		if _, gone := known[r.identity()]; gone {
			lines = append(lines, r.title()+": gone")
		}
	}
	return lines
}

// table formats the rows for a terminal of that size; colours is whether states
// are coloured.
func table(rows []row, width, height int, colours bool) []string {
	var kinds, names, states int
	for _, r := range rows {
		kinds = max(kinds, len(r.kind))
		names = max(names, len(r.name))
		states = max(states, len(r.state))
	}
	var lines []string
	section := ""
	for _, r := range rows {
		if r.section != section {
			section = r.section
			lines = append(lines, cut(section, width))
		}
		head := fmt.Sprintf("  %-*s  %-*s  ", kinds, r.kind, names, r.name)
		state := fmt.Sprintf("%-*s", states, r.state)
		lines = append(lines, assemble(head, state, "  "+r.details, width,
			colour(r.state, colours)))
	}
	if len(lines) > height && height > 0 {
		rest := fmt.Sprintf("  … and %d more lines in a taller window",
			len(lines)-height+1)
		lines = append(lines[:height-1], cut(rest, width))
	}
	return lines
}

// assemble cuts the line to the width and colours the state.
func assemble(head, state, tail string, width int, paint string) string {
	head = cut(head, width)
	state = cut(state, width-runes(head))
	tail = cut(tail, width-runes(head)-runes(state))
	if paint == "" {
		return strings.TrimRight(head+state+tail, " ")
	}
	return head + paint + state + plainInk + strings.TrimRight(tail, " ")
}

// Escape sequences of a terminal.
const (
	green, yellow, red = "\x1b[32m", "\x1b[33m", "\x1b[31m"
	bold, plainInk     = "\x1b[1m", "\x1b[0m"
)

func colour(state string, wanted bool) string {
	if !wanted || state == "" {
		return ""
	}
	switch state {
	case "Ready", "Running", "Provisioned", "Available":
		return green
	case "Failed", "NotReady", "Error":
		return red
	}
	return yellow
}

func runes(text string) int { return len([]rune(text)) }

// cut shortens a text to that number of characters.
func cut(text string, width int) string {
	if width <= 0 {
		return ""
	}
	all := []rune(text)
	if len(all) <= width {
		return text
	}
	return string(all[:width-1]) + "…"
}
