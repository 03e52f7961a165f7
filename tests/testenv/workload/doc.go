// Package workload plays all workload clusters of one evroc-sim.
//
// It sits on the cloud's side: it follows the machines of the simulator, reads
// their user data as the guest would, and decides with package boot whether a
// node comes of it. Nodes, pods and etcd members live in Cluster API's
// in-memory server, which answers on the machines' own data-plane addresses,
// so that a client needs what it would need in the cloud: an endpoint that
// leads to the right machines. It never looks at the management cluster.
//
// All exported methods may be called from any goroutine.
package workload
