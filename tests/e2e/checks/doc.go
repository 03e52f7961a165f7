// Package checks runs Cluster API's own checks (its module test/framework) on a
// cluster. They take minutes, so they are built with the tag conformance alone.
package checks
