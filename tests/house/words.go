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
	programs  = []string{"shim/", "services/"}
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
	{names("Wish", "Wishes", "Wished", "Wishing"), anyText, nil, "desired state; …Spec, Desired…, Pending…, …Request"},
	{expression(`\b(?:k?Turns?(?:[A-Z]\w*)?|turns?_\w*)\b`), codeOnly, shim, "Priority"},
	{exactly("kFirst", "kUsual", "kLast"), codeOnly, shim, "kHigh, kNormal, kLow"},
	{names("IsAtRest"), anyText, nil, "IsSettled"},
	{expression(`(?:^|/)rest\.h\b`), anyText, shim, "settled"},
	{phrases("is at rest", "are at rest", "clusters at rest", "machines at rest", "objects at rest"), anyText, nil, "settled"},
	{names("NetworkPeer"), anyText, nil, "NetworkServiceClient"},
	{names("ComputePeer"), anyText, nil, "ComputeServiceClient"},
	{names("PeerStream"), anyText, nil, "WatchCall"},
	{names("Saying", "Sayings"), codeOnly, shim, "Observation"},
	{names("Mark", "Marks"), codeOnly, shimRPC, "Sequence"},
	{names("Tap", "Taps"), codeOnly, shim, "WatchHandler"},
	{names("Leg", "Legs"), codeOnly, shim, "ServiceWatch"},
	{names("News"), anyText, nil, "change, OnChange"},
	{expression(`\bTell(?:[A-Z]\w*)?\(`), anyText, nil, "Notify"},
	{names("Written"), codeOnly, inventory, "RecordWrite"},
	{variables("asked"), codeOnly, inventory, "requested_at"},
	{variables("said"), codeOnly, programs, "observed"},
	{names("Moment"), codeOnly, inventory, "sequence"},
	{exactly("Moment"), codeOnly, nil, "Sequence"},
	{expression(`\b\w*Pass(?:[A-Z]\w*)?\b`), codeOnly, shim, "Permit; reconcile"},
	{phrases("sent away", "send away", "sends away"), anyText, nil, "waiters"},
	{exactly("ComeBack", "come_back", "come_back_"), codeOnly, nil, "on_available"},
	{names("Patience"), anyText, nil, "hang_threshold"},
	{names("Halt", "Gate"), codeOnly, shim, "ReconcileError"},
	{expression(`\b(?:[A-Z]\w*)?Problem(?:Of|Test)?\b`), codeOnly, shim, "ReconcileError"},
	{names("Aspect", "Aspects"), codeOnly, nil, "ConditionState"},
	{names("Triggers"), codeOnly, shim, "EventHandlers"},
	{names("Stores"), codeOnly, shim, "ObjectCache"},
	{names("ClusterDirectory"), anyText, nil, "ClusterInfoCache"},
	{names("ClusterTurns"), anyText, nil, "the work queue"},
	{names("NodeWake"), anyText, nil, "the work queue"},
	{names("SmallThread"), anyText, nil, "a controller's worker"},
	{names("WishBoard"), anyText, nil, "DesiredNodes"},
	{names("Reaper"), anyText, nil, "DelayedExecutor"},
	{names("Pace", "Paces"), codeOnly, programs, "PollIntervals"},
	{names("SharedString", "SharedStrings"), anyText, nil, "InternedString"},
	{names("MemoryReturn"), anyText, nil, "FreeMemoryTrimmer"},
	{names("Wire"), codeOnly, transport, "transport"},
	{names("Wires"), codeOnly, nil, "transports"},
	{names("Layers"), codeOnly, product, "HttpStack"},
	{names("ClusterReport"), anyText, nil, "cluster_status"},
	{names("MachineReport"), anyText, nil, "machine_status"},
	{expression(`\b(?:Find|Read)\(`), codeOnly, inventory, "Get, GetFresh, List…, Lookup"},
	{names("FindByCluster", "FindAll"), anyText, []string{"services/"}, "List…"},
	{names("Renew"), codeOnly, []string{"services/"}, "RefreshIfStale"},
	{names("Lane", "Lanes"), anyText, nil, "e2e"},
	{names("TestLanes"), anyText, nil, "test-e2e"},
	{phrases("test-lanes"), anyText, nil, "test-e2e"},
	{phrases("make stand", "tests/stand", "docs/stand", "the stand", "a stand", "test stand"), anyText, nil, "testenv, the test environment"},
	{expression(`\bstand\.[A-Z]\w*|\b\w*Stand(?:[A-Z0-9]\w*)?\b`), codeOnly, []string{"tests/"}, "testenv"},
	{names("TestingWorld"), anyText, nil, "ReconcileFixture"},
	{names("World", "Worlds"), anyText, nil, "fixture"},
	{expression(`\bs[0-9]{2}_\w+_test\.go\b`), anyText, nil, "a file name that says the behaviour"},
	{names("MachineParts"), anyText, nil, "MachineResources"},
	{names("NetworkParts"), anyText, nil, "NetworkResources"},
	{expression(`\b\w+(?:Facts|_facts)\b`), anyText, nil, "…Snapshot"},
	{names("SeenNode", "SeenNodes"), anyText, nil, "ObservedNode"},
	{names("SubnetReport"), anyText, nil, "SubnetStatus"},
	{names("Notice", "Notices"), codeOnly, programs, "StatusChange"},
	// AnnounceReady prints where a program listens.
	{expression(`\bAnnounce(?:[A-QS-Z]\w*)?\b`), codeOnly, programs, "Publish"},
	{expression(`\b(?:\w*Remembered(?:[A-Z]\w*)?|remembered(?:_\w*)?)\b`), codeOnly, programs, "Cached…"},
	{names("SecretWaits"), anyText, nil, "SecretWatches"},
	{exactly("MembersOf"), anyText, programs, "BackendsOf"},
	// The proto's field keeps its name.
	{expression(`\bmember_ids_?(?:;| =)`), codeOnly, programs, "backends"},
	{expression(`\b\w*Members(?:[A-Z]\w*)?\b`), codeOnly, []string{"services/network/"}, "backends"},
	{names("Members"), codeOnly, []string{"shim/reconcile/"}, "backends"},
	{phrases("members of the endpoint", "members of an endpoint", "endpoint's members"), anyText, nil, "backends"},
	{phrases("begins to work"), anyText, nil, "Started reconciling"},
	{phrases("lose sight of", "loses sight of", "lost sight of"), anyText, nil, "Watch failed"},
	{phrases("regain sight of", "regains sight of", "regained sight of"), anyText, nil, "Watch resumed"},
	{phrases("comes back in"), anyText, nil, "Requeued"},
	{phrases("met a conflict"), anyText, nil, "Write conflict"},
	{phrases("settled a machine's Node"), anyText, nil, "Node initialized"},
	{expression(`\b(?:[Aa]|[Oo]ne|[Ee]ach|[Ee]very|[Tt]he|[Tt]his|[Nn]ext|[Ll]ast|[Ll]ong) +pass\b`), anyText, passes, "reconcile"},
	{names("Anew"), anyText, nil, "again"},
	{names("Mend", "Mends", "Mended", "Mending"), anyText, nil, "repair"},
	{names("LetGo", "LetsGo", "LettingGo"), anyText, nil, "release"},
	{phrases("let go", "lets go", "letting go"), anyText, nil, "release"},
	{phrases("whoever"), anyText, nil, "a noun: the shim that, the caller that"},
	{expression(`\b\w*Who[A-Z]\w*`), codeOnly, nil, "a noun: the caller that"},
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

// variables matches names in snake case that have one of these words as a part.
func variables(words ...string) pattern {
	return anyOf([]string{`(?:\w+_)?(?:` + strings.Join(words, "|") + `)(?:_\w*)?`}, slices.Clone(words))
}

// names matches identifiers that have the words of a CamelCase name as a part,
// in any case: SubnetReport is in kSubnetReportMax, subnetReport, subnet_report_test,
// SUBNET_REPORT_H_ and "a subnet report".
func names(camelCase ...string) pattern {
	var forms, hints []string
	for _, name := range camelCase {
		snake := snakeCase(name)
		forms = append(forms,
			`\w*`+name+`(?:[A-Z0-9_]\w*)?`,
			strings.ToLower(name[:1])+name[1:]+`(?:[A-Z0-9]\w*)?`,
			`(?:\w*_)?`+strings.ReplaceAll(snake, "_", "(?:_| +)")+`(?:_\w*)?`,
			`(?:\w*_)?`+strings.ToUpper(snake)+`(?:_\w*)?`)
		firstWord, _, _ := strings.Cut(snake, "_")
		hints = append(hints, firstWord)
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
