//go:build tools

// Package tools pins grpcurl, which the tests of the services' gRPC API run.
package tools

import (
	_ "github.com/fullstorydev/grpcurl/cmd/grpcurl"
)
