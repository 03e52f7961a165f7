// Package boot decides whether a machine with given user data would become a
// Kubernetes node, and which. It reads the user data as cloud-init does and the
// commands in it as a shell does, as far as nodes of Cluster API need it. It
// executes nothing and reads nothing but its arguments.
//
// Decide is the main function. Its error is a sentence for people that says why
// the machine would not become a node.
package boot
