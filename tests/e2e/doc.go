// Package e2e holds what the end-to-end tests share: fixtures with a cloud, our
// programs and a real API server, objects as Cluster API's core writes them,
// and functions that wait and report what they waited for.
//
// There are four suites. In the API suite, tests/e2e/api, a test plays Cluster
// API's core itself: it is fast, and a test can stop at every step. The suite of
// the take-over, tests/e2e/official, does the same with clusters of the official
// provider, and tests/e2e/handover runs the script that users take them over
// with. In the full suite, tests/e2e/full, the real managers run and workload
// clusters boot.
package e2e
