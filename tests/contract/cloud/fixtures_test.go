package cloud

import "sync"

// What the clauses make objects from: the smallest of everything.
const (
	smallProfile = "a1a.xs"
	nextProfile  = "a1a.s"
	smallImage   = "ubuntu-minimal.24-04.1"
	zone         = "a"
	otherZone    = "b"
	publicKey    = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH3kJ1mY0t2mC3r0nTractSuiteKeyOfNobody000"
)

func profileRef(name string) string { return "/compute/global/computeProfiles/" + name }

func imageRef(name string) string { return "/compute/global/diskImages/evroc/" + name }

// The default network (evroc-api.md B.6.5).
func (t *trial) defaultNetwork() string { return t.fqid(networks, "default-"+t.cloud.Region) }

func (t *trial) defaultSubnet(zone string) string {
	return t.fqid(subnets, "default-"+t.cloud.Region+"-"+zone)
}

func blankDisk(megabytes int) obj {
	return obj{"diskSize": obj{"amount": megabytes, "unit": "MB"}, "placement": obj{"zone": zone}}
}

// makeDisk makes the smallest disk; a blank one can be booted from.
func (t *trial) makeDisk() object { return t.make(disks, blankDisk(1024)) }

func (t *trial) machineSpec(disk object) obj {
	return obj{
		"computeProfileRef": profileRef(smallProfile),
		"disks":             list{obj{"diskRef": t.ref(disk), "bootFrom": true}},
		"networking":        obj{"subnetRef": t.defaultSubnet(zone)},
		"placement":         obj{"zone": zone},
	}
}

// with returns the spec with one member changed, by its path.
func with(spec obj, value any, path ...string) obj {
	inner := spec
	for _, name := range path[:len(path)-1] {
		next, _ := inner[name].(obj)
		if next == nil {
			next = obj{}
			inner[name] = next
		}
		inner = next
	}
	inner[path[len(path)-1]] = value
	return spec
}

// hopelessSpec is for machines that are refused: it names a disk that no machine
// ever has.
func (t *trial) hopelessSpec() obj {
	t.Helper()
	made := t.sharedOnce(&t.cloud.shared.spare, func(m *trial) {
		m.cloud.shared.spare.objects = []object{m.makeDisk()}
	})
	return with(t.machineSpec(made.objects[0]), false, "running")
}

func (t *trial) stoppedSpec() obj {
	return with(t.machineSpec(t.makeDisk()), false, "running")
}

func (t *trial) makeGroup(rules ...any) object {
	return t.make(groups, obj{"vpcRef": t.defaultNetwork(), "rules": list(rules)})
}

func rule(name string, port int) obj {
	return obj{"name": name, "direction": "Ingress", "protocol": "TCP", "port": port,
		"remote": obj{"address": obj{"ipAddressOrCIDR": "192.0.2.0/24"}}}
}

func (t *trial) makeIP() object { return t.ready(t.make(publicIPs, obj{})) }

// A chain of load balancer objects (evroc-api.md B.7).
type chain struct{ address, pool, service, route, balancer object }

func (t *trial) makeChain(backends ...any) chain {
	var c chain
	c.address = t.makeIP()
	c.pool = t.make(pools, obj{"backendRefs": append(list{}, backends...)})
	c.service = t.make(services, obj{"port": 6443, "backendPoolRef": t.ref(c.pool),
		"healthCheck": obj{"tcp": obj{}}})
	c.route = t.make(routes, obj{"defaultBackendServiceRef": t.ref(c.service)})
	c.balancer = t.make(balancers, balancerSpec(t.ref(c.address), t.ref(c.route)))
	return c
}

func balancerSpec(address string, routes ...any) obj {
	return obj{"publicIPRef": address, "listeners": list{obj{"name": "api", "port": 6443,
		"protocol": "TCP", "routeRefs": append(list{}, routes...)}}}
}

// sharedObjects are made once, by the first trial that asks, and stay until the
// end of the run. Trials do not change them.
type sharedObjects struct{ running, stopped, balanced, labelled, spare, source shared }

type shared struct {
	once sync.Once
	made bool
	chain
	objects []object
}

func (t *trial) sharedOnce(s *shared, fill func(*trial)) *shared {
	t.Helper()
	s.once.Do(func() {
		maker := *t
		maker.shared = true
		fill(&maker)
		s.made = true
	})
	if !s.made {
		t.unable(notRun, "an earlier clause could not make the object that this one looks at")
	}
	return s
}

// running is a machine that is Ready, with its disk and its group.
func (t *trial) running() (machine, disk, group object) {
	t.Helper()
	made := t.sharedOnce(&t.cloud.shared.running, func(m *trial) {
		disk := m.makeDisk()
		group := m.makeGroup(rule("ssh", 22))
		spec := m.machineSpec(disk)
		with(spec, list{m.ref(group)}, "networking", "securityGroupSettings", "securityGroupMemberRefs")
		spec["osSettings"] = obj{"cloudInitUserData": userData,
			"ssh": obj{"authorizedKeys": list{obj{"value": publicKey}}}}
		machine := m.make(machines, spec)
		m.cloud.shared.running.objects = []object{m.ready(machine), disk, group}
	})
	return t.again(made.objects[0]), t.again(made.objects[1]), t.again(made.objects[2])
}

// idle is a stopped machine.
func (t *trial) idle() object {
	t.Helper()
	made := t.sharedOnce(&t.cloud.shared.stopped, func(m *trial) {
		m.cloud.shared.stopped.objects = []object{m.stopped()}
	})
	return t.again(made.objects[0])
}

const userData = "#cloud-config\nruncmd:\n  - [echo, \"höher\"]\n"

// balanced is a load balancer that is Ready, before the running machine.
func (t *trial) balanced() chain {
	t.Helper()
	machine, _, _ := t.running()
	made := t.sharedOnce(&t.cloud.shared.balanced, func(m *trial) {
		c := m.makeChain(m.ref(machine))
		c.balancer = m.ready(c.balancer)
		m.cloud.shared.balanced.chain = c
	})
	return made.chain
}

// tiers are the labels of the shared groups that selectors look for.
var tiers = []map[string]string{
	{"tier": "frontend", "environment": "production"},
	{"tier": "backend", "environment": "production"},
	{"tier": "storage", "environment": "test"},
	{"environment": "test"},
}

func (t *trial) labelled() []object {
	t.Helper()
	made := t.sharedOnce(&t.cloud.shared.labelled, func(m *trial) {
		for _, labels := range tiers {
			m.cloud.shared.labelled.objects = append(m.cloud.shared.labelled.objects,
				m.makeLabelled(groups, obj{"vpcRef": m.defaultNetwork(), "rules": list{}}, labels))
		}
	})
	return made.objects
}

// privateNetwork is an own network; alone clauses make it, since a project has
// at most five.
func (t *trial) privateNetwork() object {
	return t.make(networks, obj{"ipv4CidrBlocks": list{"10.64.0.0/16"}})
}

func (t *trial) privateSubnet(network object, zone, block string) object {
	return t.make(subnets, obj{"vpcRef": t.ref(network), "stackType": "dual-stack", "ipv4CidrBlock": block,
		"placement": obj{"zone": zone}})
}
