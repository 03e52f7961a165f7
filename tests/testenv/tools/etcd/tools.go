//go:build tools

// Package tools pins etcd for the test environment. This version reports its
// progress to kube-apiserver's watch cache, so that lists come from the cache
// as in real clusters.
package tools

import (
	_ "go.etcd.io/etcd/server/v3"
)
