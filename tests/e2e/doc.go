// Package lanes is what the end-to-end tests are written in: worlds with a
// cloud, our programs and a real API server, objects as Cluster API's core
// writes them, and waiting that says what it waited for.
//
// There are two lanes (design §13). In the API lane, tests/lanes/api, a test
// plays Cluster API itself: fast, and every step can be stopped. In the full
// lane, tests/lanes/full, the real managers run and workload clusters boot.
package e2e
