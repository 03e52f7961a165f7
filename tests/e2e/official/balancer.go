package official

import (
	"fmt"
	"maps"

	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// makeNetwork makes what somebody else made for the cluster.
func (c *Cluster) makeNetwork() {
	name := c.Object.Name
	if c.Plan.OwnNetwork {
		c.post(cloud.VPCs, name+"-net", nil, fields{
			"ipv4CidrBlocks": []any{"10.20.0.0/16"}, "stackType": "dual-stack"})
		for n, zone := range c.zones() {
			c.post(cloud.Subnets, c.subnet(zone), nil, fields{
				"vpcRef": ref(cloud.VPCs, c.vpc()), "stackType": "dual-stack",
				"ipv4CidrBlock": fmt.Sprintf("10.20.%d.0/24", n),
				"placement":     fields{"zone": zone}})
		}
	}
	if c.Plan.ExistingAddress {
		c.post(cloud.PublicIPs, c.address(), nil, fields{})
	}
	if c.Plan.Groups {
		c.postGroup(c.existingGroup(), nil, 8472)
	}
}

func (c *Cluster) zones() []string {
	if len(c.Plan.Zones) > 0 {
		return c.Plan.Zones
	}
	return []string{"a", "b", "c"}
}

func (c *Cluster) vpc() string {
	if c.Plan.OwnNetwork {
		return c.Object.Name + "-net"
	}
	return "default-" + region
}

func (c *Cluster) subnet(zone string) string { return c.vpc() + "-" + zone }

func (c *Cluster) existingGroup() string { return c.Object.Name + "-terraform" }

// makeCluster makes the cluster's parts, up to the last step that was finished.
func (c *Cluster) makeCluster() {
	if c.reaches(Address) && !c.Plan.ExistingAddress {
		c.post(cloud.PublicIPs, c.address(), c.clusterLabels(), fields{})
	}
	if c.reaches(Pool) {
		c.await(cloud.PublicIPs, c.address())
		c.post(cloud.BackendPools, c.Balancer()+"-pool", c.clusterLabels(), fields{})
	}
	for _, suffix := range c.portSuffixes() {
		if c.reaches(Service) {
			c.postService(suffix.text, suffix.port)
		}
		if c.reaches(Route) {
			c.postRoute(suffix.text)
		}
	}
	if !c.reaches(Everything) {
		return
	}
	c.postBalancer()
	c.await(cloud.LoadBalancers, c.Balancer())
	if c.Plan.Groups {
		for name, number := range inlineGroups {
			c.postGroup(c.Prefix+"-"+name, c.clusterLabels(), number,
				c.moreRules(name)...)
		}
	}
}

// reaches reports whether the cluster's creation got as far as the step.
func (c *Cluster) reaches(step Step) bool {
	return reaches(clusterSteps, c.Plan.Until, step)
}

// portSuffix is what a port's parts have at the end of their names.
type portSuffix struct {
	port           int
	text, listener string
}

func (c *Cluster) portSuffixes() []portSuffix {
	all := []portSuffix{{6443, "", "kube-apiserver"}}
	for _, number := range c.Plan.Ports {
		all = append(all, portSuffix{number, port(number), "port" + port(number)})
	}
	return all
}

// postService sends a health check without a port of its own.
func (c *Cluster) postService(suffix string, number int) {
	c.post(cloud.BackendServices, c.Balancer()+"-svc"+suffix, c.clusterLabels(),
		fields{
			"port":           number,
			"backendPoolRef": ref(cloud.BackendPools, c.Balancer()+"-pool"),
			"healthCheck":    fields{"tcp": fields{}},
		})
}

func (c *Cluster) postRoute(suffix string) {
	c.post(cloud.L4Routes, c.Balancer()+"-route"+suffix, c.clusterLabels(), fields{
		"defaultBackendServiceRef": ref(cloud.BackendServices,
			c.Balancer()+"-svc"+suffix)})
}

// postBalancer sends a backend network only if the cluster names a VPC.
func (c *Cluster) postBalancer() {
	var listeners []any
	for _, suffix := range c.portSuffixes() {
		listeners = append(listeners, fields{
			"name": suffix.listener, "port": suffix.port, "protocol": "TCP",
			"routeRefs": []any{ref(cloud.L4Routes, c.Balancer()+"-route"+suffix.text)},
		})
	}
	spec := fields{"publicIPRef": ref(cloud.PublicIPs, c.address()),
		"listeners": listeners}
	if c.Plan.OwnNetwork {
		var subnets []any
		for _, zone := range c.zones() {
			subnets = append(subnets, fields{"zone": zone,
				"subnetRef": ref(cloud.Subnets, c.subnet(zone))})
		}
		spec["backendNetwork"] = fields{"vpcRef": ref(cloud.VPCs, c.vpc()),
			"subnets": subnets}
	}
	labels := c.clusterLabels()
	if c.Plan.ForeignBalancer {
		labels = map[string]string{labelManagedBy: managedBy,
			labelClusterID: newUID(), labelClusterName: "another"}
	}
	c.post(cloud.LoadBalancers, c.Balancer(), labels, spec)
}

// inlineGroups are the cluster's inline groups, and the port that each opens.
var inlineGroups = map[string]int{"nodes": 22, "api": 6443, "web": 80}

// moreRules are those of one inline group of the cluster beside groupSpec's.
func (c *Cluster) moreRules(group string) []any {
	if group != "nodes" {
		return nil
	}
	return []any{fields{"name": "peers", "direction": "Ingress",
		"remoteSecurityGroup": c.existingGroup()}}
}

// postGroup makes a group with the rules of groupSpec and these.
func (c *Cluster) postGroup(id string, labels map[string]string, number int,
	more ...any) {
	var rules []any
	for _, rule := range groupSpec(id, number, more...)["rules"].([]any) {
		rules = append(rules, sent(rule.(fields)))
	}
	c.post(cloud.SecurityGroups, id, labels,
		fields{"vpcRef": ref(cloud.VPCs, c.vpc()), "rules": rules})
}

// sent is a rule as the cloud gets it: port 0 means all of them.
func sent(rule fields) fields {
	rule = maps.Clone(rule)
	if rule["port"] == int64(0) {
		delete(rule, "port")
	}
	if group, is := rule["remoteSecurityGroup"].(string); is {
		rule["remote"] = fields{"securityGroupRef": ref(cloud.SecurityGroups, group)}
	} else {
		rule["remote"] = fields{
			"address": fields{"ipAddressOrCIDR": rule["remoteCIDR"]}}
	}
	delete(rule, "remoteCIDR")
	delete(rule, "remoteSecurityGroup")
	return rule
}

// groupSpec returns the spec of an inline group that opens a port to private
// networks, lets everything out, and has rules of all kinds.
func groupSpec(name string, number int, more ...any) fields {
	rule := func(name, direction, protocol, block string, ports ...int) fields {
		all := fields{"name": name, "direction": direction, "remoteCIDR": block}
		if protocol != "" {
			all["protocol"] = protocol
		}
		for n, key := range []string{"port", "endPort"}[:len(ports)] {
			all[key] = int64(ports[n])
		}
		return all
	}
	return fields{"name": name, "rules": append([]any{
		rule("in", "Ingress", "TCP", "10.0.0.0/8", number),
		rule("out", "Egress", "", "0.0.0.0/0"),
		rule("out of IPv6", "Egress", "All", "::/0"),
		rule("range", "Ingress", "TCP", "2001:db8::/32", 30000, 32767),
		rule("dns", "Ingress", "UDP", "10.0.0.0/8", 53),
		rule("ping", "Ingress", "ICMP", "192.0.2.0/24"),
		rule("all of TCP", "Ingress", "TCP", "198.51.100.7/32", 0),
		rule("all", "Ingress", "All", "203.0.113.0/24"),
	}, more...)}
}
