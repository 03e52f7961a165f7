package cloud

import "evroc.com/cluster-api-provider-evroc/tests/contract/cloud/client"

// B.7: backend pools and services.
var serviceClauses = []clause{
	{"B.7", stated, "an empty pool is legal, and backends can be added later", func(t *trial) {
		machine, _, _ := t.running()
		pool := t.make(pools, obj{})
		changed := t.accepted(t.patchSpec(pool, obj{"backendRefs": list{t.ref(machine)}}))
		t.same("backendRefs", changed.At("spec.backendRefs"), list{t.ref(machine)})
	}},
	{"B.7", stated, "the status of a pool is empty or null", func(t *trial) {
		status := t.again(t.make(pools, obj{})).At("status")
		t.wants(status.IsNull() || !status.Exists() || status.Equal(obj{}), "it is %s", status.Text())
	}},
	{"B.7", stated, "a service with the health check tcp {} and nothing else is accepted and gets Ready", func(t *trial) {
		t.ready(t.makeService(obj{"healthCheck": obj{"tcp": obj{}}}))
	}},
	{"B.7", stated, "the defaults are ipProtocolSelection IPv4, interval 5s, healthyThreshold 1", func(t *trial) {
		service := t.makeService(obj{"healthCheck": obj{"tcp": obj{}}})
		t.same("ipProtocolSelection", service.At("spec.ipProtocolSelection"), "IPv4")
		t.same("interval", service.At("spec.healthCheck.interval"), "5s")
		t.same("healthyThreshold", service.At("spec.healthCheck.healthyThreshold"), 1)
	}},
	{"B.7", stated, "timeout and unhealthyThreshold get defaults", func(t *trial) {
		service := t.makeService(obj{"healthCheck": obj{"tcp": obj{}}})
		t.wants(service.At("spec.healthCheck.timeout").IsString(), "timeout is %s", service.At("spec.healthCheck.timeout").Text())
		t.isCount(service.At("spec.healthCheck.unhealthyThreshold"), "unhealthyThreshold")
	}},
	{"B.7", stated, "expectedStatuses of an HTTP check get a default", func(t *trial) {
		service := t.makeService(obj{"healthCheck": obj{"http": obj{"path": "/healthz"}}})
		statuses := service.At("spec.healthCheck.http.expectedStatuses")
		t.wants(len(statuses.Items()) > 0, "they are %s", statuses.Text())
	}},
	{"B.7", open, "targetPort left out is the service's port", func(t *trial) {
		service := t.makeService(obj{"healthCheck": obj{"tcp": obj{}}})
		t.same("targetPort", service.At("spec.healthCheck.targetPort"), 6443)
	}},
	{"B.7", stated, "an HTTP check on another port is kept as sent", func(t *trial) {
		check := obj{"targetPort": 30080, "http": obj{"path": "/healthz", "method": "GET", "expectedStatuses": list{200}}}
		service := t.makeService(obj{"healthCheck": check})
		t.same("targetPort", service.At("spec.healthCheck.targetPort"), 30080)
		t.same("path", service.At("spec.healthCheck.http.path"), "/healthz")
	}},
	{"B.7", open, "an https check is dropped like any unknown field", func(t *trial) {
		check := obj{"tcp": obj{}, "https": obj{"path": "/"}}
		service := t.makeService(obj{"healthCheck": check})
		t.wants(!service.At("spec.healthCheck.https").Exists(), "it is stored")
	}},
	{"B.7", stated, "interval and timeout match ^([0-9]{1,5}(h|m|s|ms)){1,4}$", func(t *trial) {
		t.makeService(obj{"healthCheck": obj{"tcp": obj{}, "interval": "1m30s", "timeout": "500ms"}})
		for _, wrong := range []string{"5", "five seconds", "5d", "123456s"} {
			t.refused(t.try(services, t.serviceSpec(obj{"healthCheck": obj{"tcp": obj{}, "interval": wrong}})))
		}
	}},
	{"B.7", stated, "a health check is by tcp or by http, not by both", func(t *trial) {
		check := obj{"tcp": obj{}, "http": obj{"path": "/"}}
		t.refused(t.try(services, t.serviceSpec(obj{"healthCheck": check})))
	}},
	{"B.7", stated, "port of a service is required", func(t *trial) {
		t.refused(t.try(services, obj{"backendPoolRef": t.ref(t.make(pools, obj{}))}))
	}},
	{"B.7", stated, "a PATCH of all members of a service with null for unset ones is accepted", func(t *trial) {
		service := t.makeService(obj{"healthCheck": obj{"tcp": obj{}}, "proxyProtocol": true})
		changed := t.accepted(t.patchSpec(service, obj{"port": 6444, "backendPoolRef": service.At("spec.backendPoolRef"),
			"proxyProtocol": nil, "ipProtocolSelection": nil, "healthCheck": nil}))
		t.same("port", changed.At("spec.port"), 6444)
		t.wants(!changed.At("spec.healthCheck").Exists() || changed.At("spec.healthCheck").IsNull(), "the check is still there")
	}},
	{"B.7", stated, "status.backends is an array of name, zone and address, and addresses lists them", func(t *trial) {
		machine, _, _ := t.running()
		service := t.again(t.balanced().service)
		t.wants(service.At("status.backends").IsArray(), "it is %s", service.At("status.backends").Text())
		address := machine.At("status.networking.privateIPv4Address")
		t.same("name", service.At("status.backends.0.name"), machine.id)
		t.same("address", service.At("status.backends.0.address"), address)
		t.wants(service.At("status.backends.0.zone").String() != "", "there is no zone")
		t.same("addresses", service.At("status.addresses"), list{address})
	}},
	{"B.7", stated, "ipProtocolSelection IPv6 takes the backends' IPv6 addresses", func(t *trial) {
		machine, _, _ := t.running()
		service := t.makeService(obj{"ipProtocolSelection": "IPv6"}, t.ref(machine))
		service = t.until(service, quick, "aware of its backend", func(v client.Value) bool {
			return len(v.At("status.addresses").Items()) == 1
		})
		t.same("addresses", service.At("status.addresses"), list{machine.At("status.networking.ipv6Address")})
	}},
	{"B.7", stated, "an ipProtocolSelection that is neither IPv4 nor IPv6 is refused", func(t *trial) {
		t.refused(t.try(services, t.serviceSpec(obj{"ipProtocolSelection": "both"})))
	}},
}

func (t *trial) serviceSpec(more obj, backends ...any) obj {
	t.Helper()
	spec := obj{"port": 6443, "backendPoolRef": t.ref(t.make(pools, obj{"backendRefs": append(list{}, backends...)}))}
	for name, value := range more {
		spec[name] = value
	}
	return spec
}

func (t *trial) makeService(more obj, backends ...any) object {
	t.Helper()
	return t.make(services, t.serviceSpec(more, backends...))
}

// B.7: load balancers.
var balancerClauses = []clause{
	{"B.7", stated, "a load balancer whose references resolve gets Ready, and shows the address of its public IP", func(t *trial) {
		c := t.balanced()
		t.same("publicIPv4Address", t.again(c.balancer).At("status.networking.publicIPv4Address"),
			c.address.At("status.publicIPv4Address"))
	}},
	{"B.7", stated, "the services and routes of a chain get Ready", func(t *trial) {
		c := t.balanced()
		t.ready(c.service)
		t.ready(c.route)
	}},
	{"B.7", stated, "a load balancer needs a public IP", func(t *trial) {
		t.refused(t.try(balancers, obj{"listeners": list{}}))
	}},
	{"B.7", stated, "a listener's name is a DNS label", func(t *trial) { t.refusedListener("name", "-api") }},
	{"B.7", stated, "a listener's protocol is TCP", func(t *trial) { t.refusedListener("protocol", "UDP") }},
	{"B.7", stated, "names of listeners are unique", func(t *trial) {
		spec := balancerSpec(t.ref(t.makeIP()))
		spec["listeners"] = list{obj{"name": "api", "port": 1, "protocol": "TCP"}, obj{"name": "api", "port": 2, "protocol": "TCP"}}
		t.refused(t.try(balancers, spec))
	}},
	{"B.7", stated, "listeners change in place", func(t *trial) {
		balancer := t.make(balancers, balancerSpec(t.ref(t.makeIP())))
		t.ready(balancer)
		listener := obj{"name": "second", "port": 9345, "protocol": "TCP"}
		changed := t.accepted(t.patchSpec(balancer, obj{"listeners": list{listener}}))
		t.same("port", changed.At("spec.listeners.0.port"), 9345)
	}},
	{"B.7", open, "a reference to a route that does not exist is accepted, and the load balancer is not Ready", func(t *trial) {
		balancer := t.make(balancers, balancerSpec(t.ref(t.makeIP()), t.fqid(routes, t.newID())))
		t.sleep(t.cloud.scaled(firstPause) * 10)
		t.wants(!isReady(t.again(balancer).Value), "it is Ready")
	}},
	{"B.7", alone, "backendNetwork comes back from GET, may name a subset of the zones, and never changes", (*trial).keepsBackendNetwork},
	{"B.7", alone, "subnets of backendNetwork are required", func(t *trial) {
		network := t.privateNetwork()
		for _, backends := range []obj{{"vpcRef": t.ref(network)}, {"vpcRef": t.ref(network), "subnets": list{}}} {
			t.refused(t.try(balancers, with(balancerSpec(t.ref(t.makeIP())), backends, "backendNetwork")))
		}
	}},
	{"B.7", alone, "zone of a subnet of backendNetwork is required", func(t *trial) {
		network := t.privateNetwork()
		subnet := t.privateSubnet(network, zone, "10.64.1.0/24")
		backends := obj{"vpcRef": t.ref(network), "subnets": list{obj{"subnetRef": t.ref(subnet)}}}
		t.refused(t.try(balancers, with(balancerSpec(t.ref(t.makeIP())), backends, "backendNetwork")))
	}},
	{"B.7", alone | open, "backendNetwork has one subnet for each zone at most, in that zone and network", func(t *trial) {
		network := t.privateNetwork()
		first, second := t.privateSubnet(network, zone, "10.64.1.0/24"), t.privateSubnet(network, zone, "10.64.2.0/24")
		at := func(zone string, ref string) obj { return obj{"zone": zone, "subnetRef": ref} }
		address := t.ref(t.makeIP())
		for _, wrong := range []list{
			{at(zone, t.ref(first)), at(zone, t.ref(second))},
			{at(otherZone, t.ref(first))},
			{at(zone, t.defaultSubnet(zone))},
		} {
			backends := obj{"vpcRef": t.ref(network), "subnets": wrong}
			t.refused(t.try(balancers, with(balancerSpec(address), backends, "backendNetwork")))
		}
	}},
	{"B.8.2", open, "DELETE of a pool that a service names is accepted, and it stays until the service has gone", func(t *trial) {
		pool := t.make(pools, obj{})
		service := t.make(services, obj{"port": 6443, "backendPoolRef": t.ref(pool)})
		t.accepted(t.delete(pool))
		t.again(pool)
		t.accepted(t.delete(service))
		t.gone(pool, quick)
	}},
	{"B.8.2", stated, "top down, each part of a load balancer can be deleted", func(t *trial) {
		c := t.makeChain()
		t.ready(c.balancer)
		for _, part := range []object{c.balancer, c.route, c.service, c.pool, c.address} {
			t.accepted(t.delete(part))
			t.gone(part, quick)
		}
	}},
}

func (t *trial) refusedListener(member string, value any) {
	t.Helper()
	spec := balancerSpec(t.ref(t.makeIP()))
	spec["listeners"].(list)[0].(obj)[member] = value
	t.refused(t.try(balancers, spec))
}

func (t *trial) keepsBackendNetwork() {
	network := t.privateNetwork()
	first := t.privateSubnet(network, zone, "10.64.1.0/24")
	second := t.privateSubnet(network, otherZone, "10.64.2.0/24")
	wanted := obj{"vpcRef": t.ref(network), "subnets": list{obj{"zone": zone, "subnetRef": t.ref(first)}}}
	balancer := t.make(balancers, with(balancerSpec(t.ref(t.makeIP())), wanted, "backendNetwork"))
	balancer = t.ready(balancer)
	t.same("backendNetwork", balancer.At("spec.backendNetwork"), wanted)
	t.accepted(t.patchSpec(balancer, obj{"backendNetwork": wanted, "listeners": list{}}))
	t.refused(t.patchSpec(balancer, obj{"backendNetwork": obj{"vpcRef": t.ref(network), "subnets": list{
		obj{"zone": zone, "subnetRef": t.ref(first)}, obj{"zone": otherZone, "subnetRef": t.ref(second)}}}}))
	kept := t.accepted(t.patchSpec(balancer, obj{"listeners": list{obj{"name": "api", "port": 6443, "protocol": "TCP"}}}))
	t.same("backendNetwork", kept.At("spec.backendNetwork"), wanted)
}
