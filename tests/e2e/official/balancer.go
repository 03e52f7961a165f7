package official

import (
	"fmt"

	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// makeNetwork makes what somebody else made for the cluster.
func (c *Cluster) makeNetwork() {
	name := c.Object.Name
	if c.Plan.OwnNetwork {
		c.post(cloud.VPCs, name+"-net", nil, fields{
			"ipv4CidrBlocks": []any{"10.20.0.0/16"}, "stackType": "dual-stack"})
		for n, zone := range zones {
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

var zones = []string{"a", "b", "c"}

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
			c.postGroup(c.Prefix+"-"+name, c.clusterLabels(), number)
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
		for _, zone := range zones {
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

// postGroup makes a group that opens a port to private networks and lets
// everything out.
func (c *Cluster) postGroup(id string, labels map[string]string, number int) {
	c.post(cloud.SecurityGroups, id, labels, fields{
		"vpcRef": ref(cloud.VPCs, c.vpc()),
		"rules": []any{
			fields{"name": "in", "direction": "Ingress", "protocol": "TCP",
				"port":   number,
				"remote": fields{"address": fields{"ipAddressOrCIDR": "10.0.0.0/8"}}},
			fields{"name": "out", "direction": "Egress",
				"remote": fields{"address": fields{"ipAddressOrCIDR": "0.0.0.0/0"}}},
		},
	})
}

// groupSpec returns the spec of an inline group that postGroup makes.
func groupSpec(name string, number int) fields {
	return fields{"name": name, "rules": []any{
		fields{"name": "in", "direction": "Ingress", "protocol": "TCP",
			"port": int64(number), "remoteCIDR": "10.0.0.0/8"},
		fields{"name": "out", "direction": "Egress", "remoteCIDR": "0.0.0.0/0"},
	}}
}
