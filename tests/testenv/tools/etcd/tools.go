//go:build tools

// Package tools pins etcd for the test environment: one that tells
// kube-apiserver how far its watch cache is, so that lists come from there as
// in real clusters.
package tools

import (
	_ "go.etcd.io/etcd/server/v3"
)
