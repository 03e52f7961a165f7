// Package boot decides whether a machine with given user data would become a
// Kubernetes node, and as what: it reads the user data as cloud-init does and
// the commands in it as a shell does, as far as nodes of Cluster API need it.
// Nothing is run, and nothing outside the arguments is looked at.
//
// Decide is the entrance. Its error is a sentence for people: why no node
// would come of this machine.
package boot
