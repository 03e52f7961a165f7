// Package workload simulates all workload clusters of one evroc-sim.
//
// It watches the machines of the simulator, reads their user data as the guest
// would, and decides with package boot whether a machine becomes a node. Nodes,
// pods and etcd members are kept in Cluster API's in-memory server, which serves
// on the machines' own data-plane addresses. A client therefore needs the same
// as in the cloud: an endpoint that leads to the right machines. The package
// never reads the management cluster.
//
// All exported methods are safe for use by several goroutines.
package workload
