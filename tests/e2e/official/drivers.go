package official

import (
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// The objects of the CCM and the CSI driver.
const (
	serviceBalancer = "ccm-web"
	volume          = "pvc-1"
)

// makeDriverObjects makes what the CCM makes for a Service and the CSI driver
// for a volume of the first machine. Their identifier is the ownership id.
func (c *Cluster) makeDriverObjects() {
	labels := map[string]string{labelDriver: c.ID}
	c.post(cloud.PublicIPs, serviceBalancer+"-ip", labels, fields{})
	c.await(cloud.PublicIPs, serviceBalancer+"-ip")
	c.post(cloud.BackendPools, serviceBalancer+"-pool", labels, fields{
		"backendRefs": []any{ref(cloud.Machines, c.Machines[0].Name())}})
	c.post(cloud.BackendServices, serviceBalancer+"-svc", labels, fields{
		"port":           30080,
		"backendPoolRef": ref(cloud.BackendPools, serviceBalancer+"-pool"),
		"healthCheck":    fields{"tcp": fields{}}})
	c.post(cloud.L4Routes, serviceBalancer+"-route", labels, fields{
		"defaultBackendServiceRef": ref(cloud.BackendServices,
			serviceBalancer+"-svc")})
	c.post(cloud.LoadBalancers, serviceBalancer, labels, fields{
		"publicIPRef": ref(cloud.PublicIPs, serviceBalancer+"-ip"),
		"listeners": []any{fields{"name": "http", "port": 80, "protocol": "TCP",
			"routeRefs": []any{ref(cloud.L4Routes, serviceBalancer+"-route")}}}})
	c.await(cloud.LoadBalancers, serviceBalancer)

	first := c.Machines[0]
	c.post(cloud.Disks, volume, labels, fields{
		"diskSize":  fields{"amount": 2048, "unit": "MB"},
		"placement": fields{"zone": first.zone()}})
	c.await(cloud.Disks, volume)
	attachment := volume + "-to-" + first.Name()
	c.post(cloud.Attachments, attachment, labels, fields{
		"diskRef":           ref(cloud.Disks, volume),
		"virtualMachineRef": ref(cloud.Machines, first.Name())})
	c.await(cloud.Attachments, attachment)
}
