package official

// The machines that most plans have.
var (
	controlPlane = MachinePlan{Name: "cp-0", ControlPlane: true}
	worker       = MachinePlan{Name: "md-0"}
	// rich has everything that a machine can have.
	rich = MachinePlan{Name: "md-1", Disks: []string{"data", "logs"}, Groups: true,
		PublicIP: true, UserData: true, Placement: true}
	pair = []MachinePlan{controlPlane, worker}
)

// provisioned are clusters that are finished: nothing is made, removed or
// replaced when they are taken over.
func provisioned() map[string]Plan {
	return map[string]Plan{
		"Plain":      {Machines: pair},
		"OwnNetwork": {OwnNetwork: true, Machines: pair},
		"Everything": {OwnNetwork: true, Ports: []int{80, 9345}, Groups: true,
			Machines: []MachinePlan{controlPlane, worker, rich}},
		"ExistingThings": {ExistingAddress: true, Groups: true,
			Machines: []MachinePlan{controlPlane,
				{Name: "md-0", Groups: true, ExistingIP: true}}},
		"AnotherName": {Infra: "c-x7k2p", Groups: true, Machines: pair},
		"Drivers":     {Drivers: true, Machines: pair},
		"External":    {External: true, Machines: pair},
		"IPv4Only":    {Stack: "ipv4-only", Machines: pair},
		"ExternalMoved": {External: true, Moved: true,
			Machines: []MachinePlan{controlPlane, rich}},
		"Moved": {Moved: true, Groups: true, Ports: []int{80},
			Machines: []MachinePlan{controlPlane, rich}},
		"ByUID": {Era: ByUID, Groups: true,
			Machines: []MachinePlan{controlPlane, rich}},
		"ByUIDMoved": {Era: ByUID, Moved: true, Groups: true,
			Machines: []MachinePlan{controlPlane, rich}},
		"Updated": {Era: Updated, Groups: true,
			Machines: []MachinePlan{controlPlane, rich}},
		"UpdatedMoved": {Era: Updated, Moved: true,
			Machines: []MachinePlan{controlPlane, rich}},
		"WithoutMachines": {},
		"MadeAgain": {Machines: []MachinePlan{
			{Name: "cp-0", ControlPlane: true, MadeAgain: true},
			{Name: "md-0", MadeAgain: true}}},
		"MadeAgainAndMoved": {Moved: true,
			Machines: []MachinePlan{{Name: "md-0", MadeAgain: true}}},
		"Removed": {Ports: []int{80, 9345}, PortsRemoved: true,
			Machines: []MachinePlan{controlPlane,
				{Name: "md-0", PublicIP: true, PublicIPRemoved: true}}},
		// Something of the user's leads from there to the balancer.
		"UserEndpoint": {Host: "api.example.com", Machines: pair},
		"UserEndpointAndPort": {Host: "api.example.com", Ports: []int{hostPort},
			ServerPort: 8443, Machines: pair},
		"SingleZone": {Zones: []string{"b"}, Machines: pair},
		"SingleZoneOfItsOwn": {Zones: []string{"a"}, OwnNetwork: true, Groups: true,
			Machines: []MachinePlan{controlPlane, rich}},
		"ExternalUnlinked": {External: true, Machines: []MachinePlan{
			{Name: "cp-0", ControlPlane: true, Unlinked: true},
			{Name: "md-0", Unlinked: true}}},
		"NamedAddress": {Machines: []MachinePlan{
			{Name: "md-0", ExistingIP: true, NamedIP: true}}},
	}
}

// unfinishedClusters are clusters in creation.
func unfinishedClusters() map[string]Plan {
	return map[string]Plan{
		"OnlyAddress": {Until: Address},
		"WithPool":    {Until: Pool, OwnNetwork: true},
		"WithService": {Until: Service, Ports: []int{80}},
		"WithRoute":   {Until: Route, Groups: true},
		"ByUID":       {Until: Pool, Era: ByUID},
	}
}

// unfinishedMachines are machines in creation.
func unfinishedMachines() map[string]MachinePlan {
	plan := func(until Step) MachinePlan {
		machine := rich
		machine.Until = until
		return machine
	}
	plane := MachinePlan{Name: "cp-1", ControlPlane: true, Until: BootDisk}
	return map[string]MachinePlan{
		"BootDisk":     plan(BootDisk),
		"DataDisks":    plan(DataDisks),
		"Address":      plan(MachineAddress),
		"Groups":       plan(Groups),
		"Starting":     plan(Starting),
		"ControlPlane": plane,
	}
}

// deletedMachines are machines in deletion.
func deletedMachines() map[string]MachinePlan {
	plan := func(gone ...Step) MachinePlan {
		machine := rich
		machine.Deleting, machine.Gone = true, gone
		return machine
	}
	plane := MachinePlan{Name: "cp-1", ControlPlane: true, Deleting: true}
	unfinished := plan()
	unfinished.Until = MachineAddress
	return map[string]MachinePlan{
		"JustDeleted":  plan(),
		"WithoutVM":    plan(Starting),
		"OnlyDisks":    plan(Starting, Groups, MachineAddress),
		"NothingLeft":  plan(Starting, Groups, MachineAddress, BootDisk, DataDisks),
		"ControlPlane": plane,
		"Unfinished":   unfinished,
	}
}
