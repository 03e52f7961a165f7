package house

import (
	"fmt"
	"regexp"
	"strings"
)

// What ends the process, or throws: a check, a fatal log line, an access that
// throws where there is nothing.
var endsProcess = regexp.MustCompile(
	`\b(?:D?P?Q?CHECK(?:_[A-Z]+)?|LOG\(FATAL|D?LOG_IF\(FATAL|RAW_CHECK|GPR_ASSERT|ABSL_[A-Z_]*(?:CHECK|ASSERT)[A-Z_]*)\s*\(?` +
		`|\b(?:std::)?(?:abort|terminate|exit|_exit|quick_exit)\(` +
		`|\bassert\(|\bthrow\b|__builtin_(?:trap|unreachable)` +
		`|\bstd::sto[a-z]+\(|\bstd::get<|[\w\])](?:\.|->)at\(|\bdynamic_cast<[^>]*&>`)

// AllowedChecks are the lines of the product that may end the process: by file,
// what stands in the line and why nothing that comes from outside (a request, a
// Secret, an answer of the cloud or of Kubernetes) reaches it.
var AllowedChecks = map[string][]AllowedCheck{
	"common/time/clock.cc": {
		{"PCHECK(timer_ >= 0)", "once in a process, before any request"},
	},
	"common/crypto/rsa_key.cc": {
		{"CHECK_EQ(EVP_PKEY_get_bn_param(", "every key has its numbers; only the simulator prints keys"},
		{"CHECK(key != nullptr)", "only the simulator and tests generate keys, of 2048 bits"},
	},
	"common/http/curl_connections.cc": {
		{"CHECK(multi_ != nullptr)", "fails without memory only"},
		{"running_.at(easy)", "curl reports transfers that these connections have added"},
	},
	"common/http/curl_loop.cc": {
		{"CHECK_EQ(initialised, CURLE_OK)", "once in a process, before any request"},
		{"PCHECK(", "the program makes its loops at its start"},
	},
	"common/http/curl_transfer.cc": {
		{"CHECK(easy_ != nullptr)", "fails without memory only"},
	},
	"common/net/cidr.cc": {
		{"CHECK(ipv4_)", "only the simulator asks, after its schema has taken the block"},
		{"CHECK_LE(prefix_ + bits, width())", "the one caller divides IPv4 blocks of /27 and larger by four"},
		{"CHECK_EQ(index, 0)", "the one caller has checked that the zone is a to d"},
	},
	"common/server/flag_set.cc": {
		{"throw CLI::ValidationError(flag", "flags are the operator's; CLI11 takes it"},
		{"throw CLI::ValidationError(std::string(name)", "flags are the operator's; CLI11 takes it"},
		{"std::exit(2)", "flags are the operator's"},
		{"std::exit(0)", "flags are the operator's"},
	},
	"common/server/program.cc": {
		{"CHECK_EQ(pthread_sigmask(", "at the start, with constants"},
		{"CHECK(errno == EAGAIN", "sigwait has no other errors"},
	},
	"common/text/uuid.cc": {
		{"CHECK_EQ(RAND_bytes(", "fails if the system has no random numbers only"},
	},
	"services/evroc/auth/oauth_token_source.cc": {
		{"std::get<RefreshTokenGrant>(config_.grant)", "the variants without an issuer make other sources (make_token_source.cc), the other two are told apart above"},
	},
	"services/evroc/connection/scope_pool.h": {
		{"scopes_.at(key)", "an alias goes with its scope, under one lock"},
	},
	"services/inventory/inventory_memory.cc": {
		{"entries_.at(id)", "the index holds the ids of entries, under one lock"},
	},
	"services/inventory/polling/poll_pool.cc": {
		{"CHECK(entries_.empty())", "scopes hold the pool, and remove their tasks first"},
		{"entries_.at(id)", "the queue holds the ids of entries, under one lock"},
		{"entries_.at(*id)", "the id was taken from the queue, under one lock"},
	},
	"shim/cache/object_store.h": {
		{"objects_.at(key)", "the index holds the keys of objects, under one lock"},
	},
	"shim/controller/bulkhead.cc": {
		{"targets_.at(target).calls", "a permit holds its target"},
		{"targets_.at(target);", "a permit holds its target"},
	},
	"shim/controller/controller.cc": {
		{"CHECK(workers_ == nullptr)", "the program starts a controller once"},
	},
	"shim/controller/worker_pool.cc": {
		{"CHECK(StartThreadLocked())", "at the start, before the first object"},
	},
	"shim/kube/leader_election.cc": {
		{"CHECK(options_.retry_period", "flags are the operator's, and are checked as flags"},
		{"CHECK(!thread_.joinable())", "the program starts it once"},
	},
	"shim/kube/reflector.cc": {
		{"CHECK(!thread_.joinable())", "the program starts it once"},
	},
	"shim/node/desired_nodes.cc": {
		{"entries_.at(machine)", "the index holds the names of entries, under one lock"},
	},
	"shim/node/node_match.cc": {
		{"claims.at(node)", "claims has an entry for each node of the same list"},
		{"claims.at(own.front())", "claims has an entry for each node of the same list"},
	},
	"shim/reconcile/machine/machine_reconciler.cc": {
		{"std::get<ReconcileError>(result)", "the other alternative is told apart above"},
	},
	"shim/reconcile/machine/provision_phase.cc": {
		{"std::get<std::string>(user_data)", "the other alternative is told apart above"},
	},
	"shim/userdata/gzip.cc": {
		{"CHECK_EQ(inflateInit2(", "fails without memory only"},
		{"CHECK_EQ(deflateInit2(", "fails without memory only"},
		{"CHECK_EQ(deflate(", "the output has room for all of it, by deflateBound"},
	},
}

// AllowedCheck is one line, or several that are alike, of a file.
type AllowedCheck struct {
	Text, Why string
}

// CheckFindings are lines of the product that may end the process and are not
// allowed, and allowed ones that are gone.
func CheckFindings(repository *Repository, allowed map[string][]AllowedCheck) []Finding {
	return endingLines.findings(repository, allowed)
}

// lineRule says which lines of the product need a reason.
type lineRule struct {
	pattern *regexp.Regexp
	trouble string // of a line without one
	reasons string // where the reasons are written
}

var endingLines = lineRule{endsProcess,
	"may end the process: %q; return an error, or say in tests/house/checks.go why no input reaches it", "tests/house/checks.go"}

func (r lineRule) findings(repository *Repository, allowed map[string][]AllowedCheck) []Finding {
	var findings []Finding
	for _, file := range repository.Sources() {
		if !mayMeetInput(file) {
			continue
		}
		findings = append(findings, r.findingsIn(file, repository.texts[file], allowed[file])...)
	}
	for file := range allowed {
		if !repository.Has(file) {
			findings = append(findings, Finding{file, 1, "is gone, but its lines are allowed"})
		}
	}
	return findings
}

// mayMeetInput tells whether a file is code of the three programs.
func mayMeetInput(file string) bool {
	isProduct := false
	for _, room := range product {
		isProduct = isProduct || strings.HasPrefix(file, room)
	}
	isCode := strings.HasSuffix(file, ".cc") || strings.HasSuffix(file, ".h")
	return isProduct && isCode && !strings.HasSuffix(file, "_test.cc") && !strings.Contains(file, "/testing/")
}

func (r lineRule) findingsIn(file, text string, allowed []AllowedCheck) []Finding {
	var findings []Finding
	used := map[AllowedCheck]bool{}
	for number, line := range strings.Split(text, "\n") {
		code, _, _ := strings.Cut(line, "//")
		if !r.pattern.MatchString(code) {
			continue
		}
		if check, found := allowedCheck(code, allowed); found {
			used[check] = true
			continue
		}
		findings = append(findings, Finding{file, number + 1, fmt.Sprintf(r.trouble, strings.TrimSpace(code))})
	}
	for _, check := range allowed {
		if !used[check] {
			findings = append(findings, Finding{file, 1, fmt.Sprintf("has no %q, which %s allows", check.Text, r.reasons)})
		}
	}
	return findings
}

func allowedCheck(code string, allowed []AllowedCheck) (AllowedCheck, bool) {
	for _, check := range allowed {
		if strings.Contains(code, check.Text) {
			return check, true
		}
	}
	return AllowedCheck{}, false
}
