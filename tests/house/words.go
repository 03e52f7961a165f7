package house

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// A wordRule forbids words that only this project used where Kubernetes and
// cloud engineers have a word already.
type wordRule struct {
	pattern pattern
	within  part
	rooms   []string // prefixes of paths; none: everywhere
	better  string
}

// A pattern finds words. Each text that it matches has one of the hints in it,
// in lower case, which is fast to see; without hints it is always tried.
type pattern struct {
	*regexp.Regexp
	hints []string
}

func (p pattern) mayMatch(lowerCase string) bool {
	return len(p.hints) == 0 || slices.ContainsFunc(p.hints, func(hint string) bool {
		return strings.Contains(lowerCase, hint)
	})
}

// A part of a file that a rule reads.
type part int

const (
	anyText  part = iota
	codeOnly      // of C++, Go and protos, without comments
)

var (
	shim      = []string{"shim/"}
	shimRPC   = []string{"shim/rpc/"}
	inventory = []string{"services/inventory/"}
	transport = []string{"services/evroc/", "shim/kube/", "common/http/"}
	// What users read.
	documents = []string{"docs/", "README.md", "CONTRIBUTING.md", "SECURITY.md", "deploy/", "templates/"}
	passes    = append([]string{"shim/", "services/"}, documents...)
)

// wordRules has one line for each word. Names are found in prose too: "wish" is
// the name "Wish" in snake case.
var wordRules = []wordRule{
	{names("Wish", "Wishes", "Wished"), anyText, nil, "desired state; …Spec, Desired…, Pending…, …Request"},
	{exactly("Turn", "TurnOf", "turn_of", "kFirst", "kUsual", "kLast"), codeOnly, shim, "Priority, kHigh, kNormal, kLow"},
	{names("IsAtRest"), anyText, nil, "IsSettled"},
	{phrases("is at rest", "are at rest", "clusters at rest", "machines at rest", "objects at rest"), anyText, nil, "settled"},
	{names("NetworkPeer"), anyText, nil, "NetworkServiceClient"},
	{names("ComputePeer"), anyText, nil, "ComputeServiceClient"},
	{names("PeerStream"), anyText, nil, "WatchCall"},
	{names("Saying", "Sayings"), codeOnly, shim, "Observation"},
	{exactly("Mark"), codeOnly, shimRPC, "Sequence"},
	{exactly("Tap"), codeOnly, shimRPC, "WatchHandler"},
	{exactly("Leg"), codeOnly, shimRPC, "ServiceWatch"},
	{names("News"), anyText, nil, "change, OnChange"},
	{expression(`\bTell\(`), anyText, nil, "Notify"},
	{exactly("Written"), codeOnly, inventory, "RecordWrite"},
	{exactly("asked", "asked_"), codeOnly, inventory, "requested_at"},
	{names("Moment"), codeOnly, inventory, "sequence"},
	{exactly("Moment"), codeOnly, nil, "Sequence"},
	{exactly("Pass"), codeOnly, shim, "Permit"},
	{phrases("sent away"), anyText, nil, "waiters"},
	{exactly("ComeBack", "come_back"), codeOnly, nil, "on_available"},
	{names("Patience"), anyText, nil, "hang_threshold"},
	{endingIn("Halt", "Gate", "Problem", "HaltTest", "GateTest", "ProblemTest"), codeOnly, shim, "ReconcileError"},
	{names("Aspect", "Aspects"), codeOnly, nil, "ConditionState"},
	{exactly("Triggers"), codeOnly, shim, "EventHandlers"},
	{exactly("Stores"), codeOnly, shim, "ObjectCache"},
	{names("ClusterDirectory"), anyText, nil, "ClusterInfoCache"},
	{names("ClusterTurns"), anyText, nil, "the work queue"},
	{names("NodeWake"), anyText, nil, "WakeToken"},
	{names("SmallThread"), anyText, nil, "a thread with a small stack"},
	{names("WishBoard"), anyText, nil, "DesiredNodes"},
	{names("Reaper"), anyText, nil, "DelayedExecutor"},
	{exactly("Pace"), codeOnly, nil, "PollIntervals"},
	{names("SharedString", "SharedStrings"), anyText, nil, "InternedString"},
	{names("MemoryReturn"), anyText, nil, "FreeMemoryTrimmer"},
	{names("Wire"), codeOnly, transport, "transport"},
	{names("Wires"), codeOnly, nil, "transports"},
	{exactly("Layers"), codeOnly, nil, "HttpStack"},
	{names("ClusterReport"), anyText, nil, "cluster_status"},
	{names("MachineReport"), anyText, nil, "machine_status"},
	{names("FindByCluster", "FindAll"), anyText, []string{"services/"}, "List…"},
	{exactly("Renew"), codeOnly, []string{"services/"}, "RefreshIfStale"},
	{names("Lane", "Lanes"), anyText, nil, "e2e"},
	{names("TestLanes"), anyText, nil, "test-e2e"},
	{phrases("test-lanes"), anyText, nil, "test-e2e"},
	{phrases("make stand", "tests/stand", "docs/stand", "the stand", "a stand", "test stand"), anyText, nil, "testenv, the test environment"},
	{expression(`\bstand\.[A-Z]\w*|\b\w*Stand(?:[A-Z0-9]\w*)?\b`), codeOnly, []string{"tests/"}, "testenv"},
	{names("TestingWorld"), anyText, nil, "ReconcileFixture"},
	{names("World"), anyText, nil, "fixture"},
	{expression(`\bs[0-9]{2}_\w+_test\.go\b`), anyText, nil, "a file name that says the behaviour"},
	{names("MachineParts"), anyText, nil, "MachineResources"},
	{names("NetworkParts"), anyText, nil, "NetworkResources"},
	{expression(`\b\w+(?:Facts|_facts)\b`), anyText, nil, "…Snapshot"},
	{names("SeenNode", "SeenNodes"), anyText, nil, "ObservedNode"},
	{names("SubnetReport"), anyText, nil, "SubnetStatus"},
	{exactly("Notice", "Notices"), codeOnly, nil, "StatusChange"},
	{exactly("Announce"), codeOnly, nil, "Publish"},
	{expression(`\bRemembered[A-Z]\w*`), codeOnly, nil, "Cached…"},
	{names("SecretWaits"), anyText, nil, "SecretWatches"},
	{names("MembersOf"), anyText, []string{"services/", "shim/"}, "BackendsOf"},
	{names("Members"), codeOnly, []string{"shim/reconcile/"}, "backends"},
	{phrases("members of the endpoint", "members of an endpoint", "endpoint's members"), anyText, nil, "backends"},
	{phrases("begins to work"), anyText, nil, "Started reconciling"},
	{phrases("lose sight of"), anyText, nil, "Watch failed"},
	{phrases("regain sight of"), anyText, nil, "Watch resumed"},
	{expression(`\bComes back in\b`), anyText, nil, "Requeued"},
	{phrases("met a conflict"), anyText, nil, "Write conflict"},
	{phrases("settled a machine's Node"), anyText, nil, "Node initialized"},
	{expression(`\b(?:[Aa]|[Oo]ne|[Ee]ach|[Ee]very|[Tt]he|[Tt]his|[Nn]ext|[Ll]ast|[Ll]ong) +pass\b`), anyText, passes, "reconcile"},
	{phrases("anew"), anyText, documents, "again"},
	{phrases("mend", "mends", "mended", "mending"), anyText, documents, "repair"},
	{phrases("let go", "lets go", "letting go"), anyText, documents, "release"},
	{phrases("whoever"), anyText, documents, "a noun: the shim that, the caller that"},
}

// Files that speak of what was, or of what is not ours; and the rules
// themselves.
var wordExempt = []string{
	history, "docs/adr/", cloudReference, contractReference, "third_party/",
	"tests/house/words.go", "tests/house/words_test.go",
}

// HomegrownWords finds the words that a repository's sources and documents must
// not have, in texts and in paths.
func HomegrownWords(repository *Repository) []Finding {
	var findings []Finding
	for _, file := range repository.Sources() {
		if !isBelow(file, wordExempt) {
			findings = append(findings, wordsIn(file, repository.texts[file])...)
		}
	}
	return findings
}

func wordsIn(file, text string) []Finding {
	flat := flatten(text)
	lowerCase := strings.ToLower(file + " " + flat)
	var findings []Finding
	for _, rule := range wordRules {
		isHere := len(rule.rooms) == 0 || isBelow(file, rule.rooms)
		if !isHere || !rule.pattern.mayMatch(lowerCase) {
			continue
		}
		if found := rule.pattern.FindString(file); found != "" {
			findings = append(findings, rule.finding(file, 1, "is named", found))
		}
		for _, place := range rule.places(file, text, flat) {
			line := 1 + strings.Count(text[:place[0]], "\n")
			findings = append(findings, rule.finding(file, line, "says", flat[place[0]:place[1]]))
		}
	}
	slices.SortStableFunc(findings, func(a, b Finding) int { return a.Line - b.Line })
	return findings
}

// places are where a rule's words are in a text; `flat` is the same in one line.
func (r wordRule) places(file, text, flat string) [][]int {
	switch {
	case r.within == anyText:
		return r.pattern.FindAllStringIndex(flat, -1)
	case isCompiled(file):
		return r.pattern.FindAllStringIndex(withoutComments(text), -1)
	}
	return nil
}

func (r wordRule) finding(file string, line int, verb, found string) Finding {
	found = strings.Join(strings.Fields(found), " ")
	return Finding{file, line, fmt.Sprintf("%s %q; better: %s", verb, found, r.better)}
}

func isCompiled(file string) bool {
	switch path.Ext(file) {
	case ".h", ".cc", ".go", ".proto":
		return true
	}
	return false
}

// isBelow tells whether a path begins with one of these.
func isBelow(file string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(file, prefix) {
			return true
		}
	}
	return false
}

var lineComment = regexp.MustCompile(`(?m)(?:^|[ \t])//.*$`)

func withoutComments(text string) string {
	return lineComment.ReplaceAllStringFunc(text, blank)
}

func expression(text string) pattern {
	return pattern{regexp.MustCompile(text), nil}
}

// anyOf matches whole words of these forms.
func anyOf(forms, hints []string) pattern {
	for i, hint := range hints {
		hints[i] = strings.ToLower(hint)
	}
	return pattern{regexp.MustCompile(`\b(?:` + strings.Join(forms, "|") + `)\b`), hints}
}

// exactly matches whole identifiers.
func exactly(identifiers ...string) pattern {
	return anyOf(identifiers, slices.Clone(identifiers))
}

// endingIn matches names of types that end in one of these words.
func endingIn(words ...string) pattern {
	return anyOf([]string{`(?:[A-Z]\w*)?(?:` + strings.Join(words, "|") + `)`}, slices.Clone(words))
}

// names matches identifiers that have the words of a CamelCase name as a part,
// in any case: SubnetReport is in kSubnetReportMax, subnetReport, subnet_report_test
// and SUBNET_REPORT_H_.
func names(camelCase ...string) pattern {
	var forms, hints []string
	for _, name := range camelCase {
		snake := snakeCase(name)
		forms = append(forms,
			`\w*`+name+`(?:[A-Z0-9_]\w*)?`,
			strings.ToLower(name[:1])+name[1:]+`(?:[A-Z0-9]\w*)?`,
			`(?:\w*_)?`+snake+`(?:_\w*)?`,
			`(?:\w*_)?`+strings.ToUpper(snake)+`(?:_\w*)?`)
		hints = append(hints, name, snake)
	}
	return anyOf(forms, hints)
}

func snakeCase(camelCase string) string {
	var snake strings.Builder
	for i, r := range camelCase {
		if unicode.IsUpper(r) && i > 0 {
			snake.WriteByte('_')
		}
		snake.WriteRune(unicode.ToLower(r))
	}
	return snake.String()
}

// phrases matches words of prose, at the beginning of a sentence too, and over
// two lines.
func phrases(texts ...string) pattern {
	var forms, hints []string
	for _, text := range texts {
		first, rest := text[:1], regexp.QuoteMeta(text[1:])
		forms = append(forms, "["+strings.ToUpper(first)+first+"]"+strings.ReplaceAll(rest, " ", " +"))
		firstWord, _, _ := strings.Cut(text, " ")
		hints = append(hints, firstWord)
	}
	return anyOf(forms, hints)
}
