package official

// Era says which versions of the official provider have worked on a cluster.
type Era int

// The eras.
const (
	// ByID is 0.3.0 and later: annotations and labels have ownership ids.
	ByID Era = iota
	// ByUID is before 0.3.0: labels have the EvrocCluster's UID, and there are
	// no ids.
	ByUID
	// Updated was made before 0.3.0 and reconciled by a later version: the
	// annotations have ids, the labels in the cloud still the UID.
	Updated
)

// Step is a step of the creation of a cluster or of a machine. Everything is the
// last step.
type Step string

// The steps, in the order of the official provider.
const (
	Address Step = "public IP"
	Pool    Step = "pool"
	Service Step = "service"
	Route   Step = "route"

	BootDisk  Step = "boot disk"
	DataDisks Step = "data disks"
	// MachineAddress is made although no machine uses it yet.
	MachineAddress Step = "machine's public IP"
	Groups         Step = "groups"
	// Starting has a machine in the cloud that does not run yet.
	Starting Step = "starting"

	Everything Step = ""
)

var (
	clusterSteps = []Step{Address, Pool, Service, Route, Everything}
	machineSteps = []Step{BootDisk, DataDisks, MachineAddress, Groups, Starting,
		Everything}
)

// hostPort is the port of an endpoint that the user has set.
const hostPort = 443

// Plan describes a cluster. The zero value is a provisioned one without
// machines in the default network.
type Plan struct {
	// Name is the Cluster's; "c" if empty.
	Name string
	// Infra is the EvrocCluster's name; that of the Cluster if empty.
	Infra string
	Era   Era
	// Moved is whether clusterctl has moved it here: UIDs are others, the status
	// is empty, and the user's Secret has stayed behind.
	Moved bool
	// PrefixLost is whether the move has lost the annotation that has the resource
	// prefix.
	PrefixLost bool
	// OwnNetwork is whether it names a VPC and subnets that somebody made.
	OwnNetwork bool
	// ExistingAddress is whether somebody made the balancer's public IP.
	ExistingAddress bool
	// Host is the endpoint that the user has set, at port 443; that of the balancer
	// if empty.
	Host string
	// ServerPort is the Cluster's port for API servers, which the official provider
	// ignores.
	ServerPort int32
	// Zones are its failure domains; all zones if empty.
	Zones []string
	// Ports of the balancer beside the API server's.
	Ports []int
	// PortsRemoved is whether the spec does not have them any more, which the
	// official provider has ignored.
	PortsRemoved bool
	// Stack is network.stackType; "dual-stack" if empty.
	Stack string
	// Groups is whether it has security groups: inline and existing ones.
	Groups bool
	// External is whether another controller decides on providerIDs.
	External bool
	// Drivers is whether the CCM and the CSI driver have made objects.
	Drivers bool
	// Until is the last step of the creation that was finished.
	Until Step
	// Deleting is whether the cluster was deleted and all is left.
	Deleting bool
	// ForeignBalancer is whether a balancer of that name is another cluster's.
	ForeignBalancer bool
	Machines        []MachinePlan
}

// MachinePlan describes a machine. The zero value is a worker in zone a.
type MachinePlan struct {
	Name         string
	ControlPlane bool
	// Disks are the names of additional disks.
	Disks []string
	// Groups is whether it has groups of its own: an inline and an existing one.
	Groups bool
	// PublicIP is whether it has a public IP that was made for it.
	PublicIP bool
	// PublicIPRemoved is whether the spec does not ask for it any more, which the
	// official provider has ignored.
	PublicIPRemoved bool
	// ExistingIP is whether it has a public IP that somebody made.
	ExistingIP bool
	// NamedIP is whether ExistingIP has the name of one that is made for it.
	NamedIP bool
	// MadeAgain is whether the VM was lost and made a second time: the providerID
	// still has the UID of the first.
	MadeAgain bool
	// Unlinked is whether its Node has told no providerID yet.
	Unlinked bool
	// Stopped is whether somebody has stopped the VM.
	Stopped bool
	// UserData is whether it has an SSH key and user data beside the bootstrap
	// data.
	UserData bool
	// Placement is whether it is in a placement group that somebody made.
	Placement bool
	// Until is the last step of the creation that was finished.
	Until Step
	// Deleting is whether the machine was deleted.
	Deleting bool
	// Gone are the steps whose objects the deletion has removed.
	Gone []Step
	// Paused is whether the EvrocMachine has the annotation.
	Paused bool
	// ForeignVM is whether nothing that has its names in the cloud is its own.
	ForeignVM bool
}

// reaches reports whether the creation got as far as the step.
func reaches(steps []Step, until, step Step) bool {
	for _, one := range steps {
		if one == step {
			return true
		}
		if one == until {
			return false
		}
	}
	return false
}

// has reports whether the cloud has the objects of the step.
func (p MachinePlan) has(step Step) bool {
	for _, gone := range p.Gone {
		if gone == step {
			return false
		}
	}
	return reaches(machineSteps, p.Until, step)
}

// hasVM reports whether the cloud has the machine itself.
func (p MachinePlan) hasVM() bool { return p.has(Starting) }

// runs reports whether the machine was seen running.
func (p MachinePlan) runs() bool { return p.hasVM() && p.has(Everything) }
