// Package handover tests deploy/take-over: it runs the script with kubectl, as a
// user does, on clusters of package official, beside what else the official
// provider has in a management cluster: its Deployment and its webhooks.
//
// The script acts on all namespaces, and webhook configurations have none: the
// tests run one after the other, and each removes what it made.
package handover
