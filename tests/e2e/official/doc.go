// Package official builds clusters as Evroc's official provider leaves them,
// in the simulated cloud and in etcd, and tests that they are taken over.
//
// A Plan says what a cluster consists of and how far the official provider got
// with it. Build makes it: cloud objects with the requests that the official
// provider sends, EvrocClusters and EvrocMachines as they are stored under its
// CRDs, and what Cluster API and a user have made around them. The Cluster is
// paused, as a user leaves it who scales the official provider down.
package official
