package official

import (
	"maps"

	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// evrocCluster returns the EvrocCluster as it is in etcd.
func (c *Cluster) evrocCluster() *unstructured.Unstructured {
	metadata := fields{
		"labels": fields{clusterv1.ClusterNameLabel: c.Object.Name},
		"ownerReferences": ownerReference("Cluster", c.Object.Name,
			string(c.Object.UID), false),
		"finalizers":  []any{e2e.ClusterFinalizer},
		"annotations": c.clusterAnnotations(),
	}
	if c.Plan.Deleting {
		maps.Copy(metadata, deletion())
	}
	status := c.clusterStatus()
	if c.Plan.Moved {
		status = nil
	}
	return newObject(e2e.ClusterKind, c.Object.Namespace, c.EvrocKey().Name, c.UID,
		metadata, c.clusterSpec(), status)
}

func (c *Cluster) clusterAnnotations() fields {
	annotations := fields{}
	if c.Plan.Era != ByUID {
		annotations[e2e.OwnershipIDAnnotation] = c.ID
	}
	// The later versions before 0.3.0 kept the prefix, or nothing would have been
	// found after a move.
	if (c.Plan.Era != ByUID || c.Plan.Moved) && !c.Plan.PrefixLost {
		annotations[resourcePrefix] = c.Prefix
	}
	if c.Plan.External {
		annotations[externalProvider] = "true"
	}
	if c.Plan.Drivers {
		annotations[deleteDisks] = "true"
	}
	return annotations
}

// clusterSpec has what its webhook and its CRD fill in where the user left it
// out: region, zones and stack.
func (c *Cluster) clusterSpec() fields {
	network := fields{"stackType": c.stack()}
	if c.Plan.OwnNetwork {
		network["vpcRef"] = ref(cloud.VPCs, c.vpc())
		network["subnetRefs"] = c.subnets()
	}
	spec := fields{
		"project": e2e.Project, "region": region,
		"credentialsRef":       fields{"name": c.SecretName()},
		"controlPlaneEndpoint": fields{},
		"failureDomains":       c.failureDomains(),
		"network":              network,
		"additionalLabels":     fields{"team": "blue"},
		"endpoints":            c.endpoints(),
	}
	switch {
	case c.Plan.Host != "":
		spec["controlPlaneEndpoint"] = fields{"host": c.Plan.Host,
			"port": int64(hostPort)}
	case c.Endpoint != "":
		spec["controlPlaneEndpoint"] = fields{"host": c.Endpoint, "port": int64(6443)}
	}
	balancer := fields{}
	if len(c.Plan.Ports) > 0 && !c.Plan.PortsRemoved {
		var numbers []any
		for _, number := range c.Plan.Ports {
			numbers = append(numbers, int64(number))
		}
		balancer["additionalPorts"] = numbers
	}
	if c.Plan.ExistingAddress {
		balancer["existingPublicIPID"] = c.address()
	}
	if len(balancer) > 0 {
		spec["controlPlaneConfig"] = fields{"loadBalancer": balancer}
	}
	if c.Plan.Groups {
		spec["securityGroups"] = c.groupSections()
	}
	return spec
}

func (c *Cluster) failureDomains() []any {
	var all []any
	for _, zone := range c.zones() {
		all = append(all, zone)
	}
	return all
}

func (c *Cluster) stack() string {
	if c.Plan.Stack != "" {
		return c.Plan.Stack
	}
	return "dual-stack"
}

func (c *Cluster) subnets() fields {
	all := fields{}
	for _, zone := range c.zones() {
		all[zone] = c.subnet(zone)
	}
	return all
}

func (c *Cluster) groupSections() fields {
	inline := func(name string) []any {
		return []any{groupSpec(name, inlineGroups[name], c.moreRules(name)...)}
	}
	return fields{
		"common": fields{"inlineSecurityGroups": inline("nodes"),
			"existingIDs": []any{c.existingGroup()}},
		"controlPlane": fields{"inlineSecurityGroups": inline("api")},
		"worker":       fields{"inlineSecurityGroups": inline("web")},
	}
}

// Types of conditions of an EvrocCluster that this provider does not set: one
// of the official provider, and one of somebody else.
const (
	balancerCondition = "LoadBalancerReady"
	foreignCondition  = "example.com/Saved"
)

// clusterStatus is what the cluster's progress has left in the status.
func (c *Cluster) clusterStatus() fields {
	done := c.reaches(Everything)
	var failureDomains []any
	for _, zone := range c.zones() {
		failureDomains = append(failureDomains,
			fields{"name": zone, "controlPlane": true})
	}
	network := fields{"subnetIds": c.subnets(), "stackType": c.stack()}
	if c.Plan.OwnNetwork {
		network["vpcId"] = ref(cloud.VPCs, c.vpc())
	}
	status := fields{"ready": done, "initialization": fields{},
		"failureDomains": failureDomains, "network": network}
	conditions := []any{c.condition("Paused", "True", "Paused"),
		c.condition(foreignCondition, "True", "Done")}
	if done {
		status["initialization"] = fields{"provisioned": true,
			"infrastructureProvisioned": true}
		status["resources"] = c.resources()
		conditions = append(conditions,
			c.condition(balancerCondition, "True", "LoadBalancerReady"),
			c.condition("Ready", "True", "ClusterReady"))
	} else {
		conditions = append(conditions, c.condition(balancerCondition, "False",
			"LoadBalancerProvisioning"))
	}
	status["conditions"] = conditions
	return status
}

// resources leaves the UIDs of groups empty, as the official provider does.
func (c *Cluster) resources() fields {
	resources := fields{}
	balancer := fields{"id": c.Balancer(), "address": c.Endpoint,
		"uid": c.get(cloud.LoadBalancers, c.Balancer()).Metadata.UID}
	var backends []any
	for _, m := range c.Machines {
		if m.Plan.ControlPlane && m.Plan.runs() {
			backends = append(backends, m.Name())
		}
	}
	if len(backends) > 0 {
		balancer["backends"] = backends
	}
	resources["loadBalancer"] = balancer
	if c.Plan.Groups {
		group := func(id, role string, managed bool) fields {
			return fields{"id": id, "uid": "", "managed": managed, "role": role}
		}
		resources["securityGroups"] = []any{
			group(c.Prefix+"-nodes", "common", true),
			group(c.existingGroup(), "common", false),
			group(c.Prefix+"-api", "controlPlane", true),
			group(c.Prefix+"-web", "worker", true),
		}
	}
	return resources
}
