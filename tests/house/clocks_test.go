package house

import "testing"

// TestNothingIsMeasuredByTheCalendar: leases, rate limits, back-offs, deadlines
// and ages go by a clock that nobody can set.
func TestNothingIsMeasuredByTheCalendar(t *testing.T) {
	for _, finding := range ClockFindings(openRepository(t), AllowedCalendar) {
		t.Error(finding)
	}
}

func TestLinesThatGoByTheCalendarAreFound(t *testing.T) {
	for _, line := range []string{
		"a = absl::Now();", "std::chrono::system_clock::now();", "clock.WallNow();", "time(nullptr);", "gettimeofday(&t, nullptr);",
		"clock_gettime(CLOCK_REALTIME, &t);", "mutex_.AwaitWithTimeout(a, b);", "mutex_.AwaitWithDeadline(a, b);",
		"done.WaitForNotificationWithTimeout(a);", "cond.wait_for(lock, a);", "absl::SleepFor(absl::Seconds(1));",
		"std::this_thread::sleep_for(std::chrono::seconds(1));", "FromWall(clock, a);",
	} {
		repository := NewRepository(map[string]string{"shim/a.cc": "int x;\n" + line})
		if found := ClockFindings(repository, nil); len(found) != 1 || found[0].Line != 2 {
			t.Errorf("%s: found %v", line, found)
		}
	}
	for name, text := range map[string]string{
		"shim/a.cc":         "clock_.Now();\nclock_.AwaitWithDeadline(mutex_, a, b);\nmutex_.Await(a);\nSleepFor(pause, stopped, clock_);\nuptime(0);",
		"shim/a_test.cc":    "absl::Now();",
		"shim/testing/a.cc": "absl::Now();",
	} {
		if found := ClockFindings(NewRepository(map[string]string{name: text}), nil); len(found) != 0 {
			t.Errorf("%s: found %v", name, found)
		}
	}
}
