package house

import (
	"strings"
	"testing"
)

// TestWordsAreTheFieldsOwn: sources and documents have the terms that
// Kubernetes and cloud engineers use, not words of this project alone.
func TestWordsAreTheFieldsOwn(t *testing.T) {
	for _, finding := range HomegrownWords(openRepository(t)) {
		t.Error(finding)
	}
}

func homegrown(file, text string) string {
	var findings []string
	for _, finding := range HomegrownWords(NewRepository(map[string]string{file: text})) {
		findings = append(findings, finding.String())
	}
	return strings.Join(findings, "\n")
}

func TestHomegrownWordsAreFound(t *testing.T) {
	cases := map[string]struct{ file, text, finding string }{
		"type":                   {"shim/a.h", "\nclass NetworkPeer {};", `shim/a.h:2: says "NetworkPeer"; better: NetworkServiceClient`},
		"part of a type":         {"shim/a.h", "class FakeNetworkPeerTest {};", `shim/a.h:1: says "FakeNetworkPeerTest"; better: NetworkServiceClient`},
		"constant":               {"shim/a.h", "kSecretWaitsMax", `shim/a.h:1: says "kSecretWaitsMax"; better: SecretWatches`},
		"variable":               {"shim/a.h", "int secret_waits_ = 0;", `shim/a.h:1: says "secret_waits_"; better: SecretWatches`},
		"variable of Go":         {"tests/a.go", "seenNode := 1", `tests/a.go:1: says "seenNode"; better: ObservedNode`},
		"guard":                  {"shim/a.h", "#ifndef SHIM_SECRET_WAITS_H_", `shim/a.h:1: says "SHIM_SECRET_WAITS_H_"; better: SecretWatches`},
		"include":                {"shim/a.h", `#include "shim/a/seen_node.h"`, `shim/a.h:1: says "seen_node"; better: ObservedNode`},
		"target":                 {"shim/BUILD.bazel", `name = "seen_node_test"`, `shim/BUILD.bazel:1: says "seen_node_test"; better: ObservedNode`},
		"file's name":            {"shim/secret_waits.cc", "", `shim/secret_waits.cc:1: is named "secret_waits"; better: SecretWatches`},
		"suffix":                 {"services/a.h", "struct MachineFacts {};", `services/a.h:1: says "MachineFacts"; better: …Snapshot`},
		"prose in a comment":     {"shim/a.h", "// What the wishes are.", `shim/a.h:1: says "wishes"; better: desired state; …Spec, Desired…, Pending…, …Request`},
		"prose in a document":    {"docs/a.md", "No news.", `docs/a.md:1: says "news"; better: change, OnChange`},
		"phrase over two lines":  {"shim/a.h", "// Those that are sent\n// away wait.", `shim/a.h:1: says "sent away"; better: waiters`},
		"phrase in a yaml":       {"deploy/a.yaml", "# It is read\n# anew.", `deploy/a.yaml:2: says "anew"; better: again`},
		"phrase begins":          {"docs/a.md", "Whoever asks", `docs/a.md:1: says "Whoever"; better: a noun: the shim that, the caller that`},
		"log line":               {"shim/a.cc", `LOG(INFO) << "Begins to work on";`, `shim/a.cc:1: says "Begins to work"; better: Started reconciling`},
		"call":                   {"services/a.cc", "feed.Tell(change);", `services/a.cc:1: says "Tell("; better: Notify`},
		"type of errors":         {"shim/a.cc", "std::optional<ClusterGate> x;", `shim/a.cc:1: says "ClusterGate"; better: ReconcileError`},
		"enumerator":             {"shim/a.h", "enum class Priority { kFirst };", `shim/a.h:1: says "kFirst"; better: kHigh, kNormal, kLow`},
		"parts in snake case":    {"shim/a.cc", "int leg_ = kTapMax; halt_of();", "shim/a.cc:1: says \"kTapMax\"; better: WatchHandler\nshim/a.cc:1: says \"leg_\"; better: ServiceWatch\nshim/a.cc:1: says \"halt_of\"; better: ReconcileError"},
		"priority":               {"shim/a.h", "Turn TurnOf(); turn_;", "shim/a.h:1: says \"Turn\"; better: Priority\nshim/a.h:1: says \"TurnOf\"; better: Priority\nshim/a.h:1: says \"turn_\"; better: Priority"},
		"file of a part":         {"shim/rpc/leg.h", "", `shim/rpc/leg.h:1: is named "leg"; better: ServiceWatch`},
		"file of the room":       {"shim/cache/rest.h", "", `shim/cache/rest.h:1: is named "/rest.h"; better: settled`},
		"part of a name":         {"shim/a_test.cc", "TEST(A, CancelEndsAPass) {}", `shim/a_test.cc:1: says "CancelEndsAPass"; better: Permit; reconcile`},
		"publishing":             {"services/a.cc", "AnnounceChange();", `services/a.cc:1: says "AnnounceChange"; better: Publish`},
		"struct of a cache":      {"shim/a.h", "remembered_node", `shim/a.h:1: says "remembered_node"; better: Cached…`},
		"what somebody said":     {"services/a.cc", "const bool said = true;", `services/a.cc:1: says "said"; better: observed`},
		"reads of an inventory":  {"services/inventory/a.h", "memory.Find(id);", `services/inventory/a.h:1: says "Find("; better: Get, GetFresh, List…, Lookup`},
		"our own field":          {"shim/a.h", "std::vector<std::string> member_ids;", `shim/a.h:1: says "member_ids;"; better: backends`},
		"compound in prose":      {"docs/a.md", "The network\npeer.", `docs/a.md:1: says "network peer"; better: NetworkServiceClient`},
		"who without a noun":     {"shim/a_test.cc", "TEST(A, WakesWhoWaits) {}", `shim/a_test.cc:1: says "WakesWhoWaits"; better: a noun: the caller that`},
		"name with a phrase":     {"tests/a.go", "func TestIsLetGo() {}", `tests/a.go:1: says "TestIsLetGo"; better: release`},
		"anew in a header":       {"shim/a.h", "// Starts anew.", `shim/a.h:1: says "anew"; better: again`},
		"picture":                {"docs/a.svg", "<text>wish</text>", `docs/a.svg:1: says "wish"; better: desired state; …Spec, Desired…, Pending…, …Request`},
		"settings":               {".clang-tidy", "# the lanes", `.clang-tidy:1: says "lanes"; better: e2e`},
		"list":                   {"tests/a.txt", "lanes", `tests/a.txt:1: says "lanes"; better: e2e`},
		"only in its room":       {"services/inventory/a.h", "absl::Time asked;", `services/inventory/a.h:1: says "asked"; better: requested_at`},
		"transport":              {"services/evroc/a.h", "Wire wire;", "services/evroc/a.h:1: says \"Wire\"; better: transport\nservices/evroc/a.h:1: says \"wire\"; better: transport"},
		"package of Go":          {"tests/a.go", "stand.Start(ctx)", `tests/a.go:1: says "stand.Start"; better: testenv`},
		"numbered file":          {"tests/e2e/s04_life_test.go", "", `tests/e2e/s04_life_test.go:1: is named "s04_life_test.go"; better: a file name that says the behaviour`},
		"target of make":         {"Makefile", "test-lanes: build", "Makefile:1: says \"lanes\"; better: e2e\nMakefile:1: says \"test-lanes\"; better: test-e2e"},
		"page":                   {"README.md", "docs/stand.md", `README.md:1: says "docs/stand"; better: testenv, the test environment`},
		"pass":                   {"docs/a.md", "Each pass costs", `docs/a.md:1: says "Each pass"; better: reconcile`},
		"settled":                {"shim/a.h", "// Which objects are at rest.", `shim/a.h:1: says "are at rest"; better: settled`},
		"in a document's fence":  {"docs/a.md", "```\nmake stand\n```", `docs/a.md:2: says "make stand"; better: testenv, the test environment`},
		"backends of endpoints":  {"docs/a.md", "as members of the\nendpoint", `docs/a.md:1: says "members of the endpoint"; better: backends`},
		"in a script":            {"tests/tools/a.sh", "# the lanes", `tests/tools/a.sh:1: says "lanes"; better: e2e`},
		"comment after the code": {"shim/a.cc", "Halt x;  // Halt", `shim/a.cc:1: says "Halt"; better: ReconcileError`},
	}
	for name, each := range cases {
		t.Run(name, func(t *testing.T) {
			if got := homegrown(each.file, each.text); got != each.finding {
				t.Errorf("found %q, not %q", got, each.finding)
			}
		})
	}
}

func TestOrdinaryWordsAreLeftAlone(t *testing.T) {
	cases := map[string]struct{ file, text string }{
		"longer words":            {"shim/a.h", "Newsletter wishful worldwide returns planes standard outstanding"},
		"verbs":                   {"shim/a.h", "// Names stand before others; calls stand still; it turns a change into keys."},
		"comments of code's rule": {"shim/a.h", "// Stores what is read. Triggers nothing. A Pass. Problem: none."},
		"other rooms":             {"services/a.h", "struct Gate {}; enum class Turn { kFirst }; absl::Time asked;"},
		"wire of others":          {"docs/grpc.md", "The API on the wire."},
		"wire in a comment":       {"services/evroc/a.h", "// What it is called on the wire."},
		"verb of a test":          {"services/a_test.cc", "TEST(OwnerLabelsTest, ComeBackAsTheOwner) {}"},
		"plural in a test":        {"shim/a_test.cc", "TEST(StatusTest, ProblemsTouchReady) {}"},
		"proto's field":           {"shim/a.cc", "for (id : input.backend_ids) request.add_member_ids(id);"},
		"passing":                 {"shim/a.cc", "bool passed = true; int pass = 0;"},
		"in turn":                 {"shim/a_test.cc", "TEST(A, AreReadInTurnBetweenLists) {}"},
		"whose":                   {"shim/a_test.cc", "TEST(A, SaysWhoseItIs) {}"},
		"ready":                   {"shim/main.cc", "AnnounceReady(program, address);"},
		"at rest":                 {"tests/a.go", "// Encrypts Secrets at rest; looks at REST."},
		"verb of a pass":          {"services/a.h", "// Each passes the events on; one that passes."},
		"members":                 {"common/json.h", "// An object's members. JSON members."},
		"facts of prose":          {"CONTRIBUTING.md", "New facts go into these documents first."},
		"aspect of prose":         {"protos/a.proto", "// One aspect of a resource."},
		"address in a text":       {"shim/a.cc", `x = "http://a/b";`},
		"history":                 {"CHANGELOG.md", "No wish, no news."},
		"decisions":               {"docs/adr/0002-no-store.md", "The last wish."},
		"references":              {cloudReference, "news"},
		"others' sources":         {"third_party/a.bzl", "the stand"},
		"no source":               {"tests/corpus/x", "wish"},
	}
	for name, each := range cases {
		t.Run(name, func(t *testing.T) {
			if got := homegrown(each.file, each.text); got != "" {
				t.Error(got)
			}
		})
	}
}
