package house

import "regexp"

// Reads the calendar, or waits by it: what is measured so moves when somebody
// sets the machine's clock.
var readsCalendar = regexp.MustCompile(
	`\babsl::Now\(|\bGetCurrentTimeNanos\(|\bsystem_clock::now\(|\bWallNow\(|\bToWall\(|\bFromWall\(` +
		`|\b(?:gettimeofday|time|ftime)\((?:nullptr|NULL|0|&)|\bCLOCK_REALTIME\b` +
		`|(?:\.|->)\w*(?:WithTimeout|WaitFor|wait_for|wait_until|try_lock_for)\(` +
		`|\bmutex\w*(?:\.|->)AwaitWithDeadline\(|\babsl::SleepFor\(|\b(?:sleep_for|sleep_until|usleep|nanosleep)\(`)

var calendarLines = lineRule{readsCalendar,
	"goes by the calendar, which anybody may set: %q; take a Clock's Now(), or say in tests/house/clocks.go who reads the time",
	"tests/house/clocks.go"}

// AllowedCalendar are the lines of the product that go by the calendar: each
// for a time that others read or have written.
var AllowedCalendar = map[string][]AllowedCheck{
	"common/time/clock.cc": {
		{"booted_(absl::Now()", "where Now() begins"},
		{"return absl::Now();", "the calendar itself"},
	},
	"common/time/clock.h": {
		{"virtual absl::Time WallNow()", "the calendar itself"},
		{"return clock_->WallNow();", "the calendar itself"},
		{"inline absl::Time FromWall(", "turns what others wrote into a time to measure by"},
		{"(wall - clock.WallNow())", "the same"},
		{"inline absl::Time ToWall(", "turns a time into what others read"},
		{"return clock.WallNow() +", "the same"},
	},
	"common/auth/exec_token_source.cc":    {{"FromWall(clock, expires)", "the plugin wrote it"}},
	"common/auth/simple_token_sources.cc": {{"FromWall(clock_,", "the issuer wrote it into the token"}},
	"services/evroc/auth/oauth_token_source.cc": {
		{"clock_.WallNow()", "the assertion's times, which the issuer reads"},
		{"FromWall(clock,", "the issuer wrote it into the token"},
	},
	"services/rpc/service_runtime.cc": {
		{"system_clock::now() + kFlushTime", "gRPC takes a deadline of the calendar, and turns it into a time to measure by at once"},
	},
	"services/rpc/unary_call.cc":       {{"Clock::Real().WallNow()", "gRPC's deadlines are the calendar's, read at once"}},
	"services/watch/resource_feed.cc":  {{"ToWall(clock_, first.failing_since)", "another process reads it"}},
	"shim/reconcile/cluster_access.cc": {{"ToWall(env_.monotonic,", "people read it in a condition"}},
	"shim/rpc/scope_watch.cc":          {{"FromWall(", "a service wrote it"}},
	"shim/kube/event_recorder.cc": {
		{"clock_.WallNow()", "the Event's times, which people read"},
	},
	"shim/kube/leader_election.cc": {
		{"clock_.WallNow()", "the Lease's times, which people read; nobody counts by them"},
	},
	"shim/rpc/service_channel.cc": {{"ToWall(Clock::Real(),", "gRPC's deadlines are the calendar's, and turned at once"}},
}

// ClockFindings are lines of the product that go by the calendar and are not
// allowed, and allowed ones that are gone.
func ClockFindings(repository *Repository, allowed map[string][]AllowedCheck) []Finding {
	return calendarLines.findings(repository, allowed)
}
