package management

import "testing"

func TestAnAuditLineIsUnderstood(t *testing.T) {
	request, err := parseRequest([]byte(`{"verb":"patch",
		"userAgent":"evroc-shim/0.1 (linux)",
		"user":{"username":"system:serviceaccount:evroc-system:evroc-shim"},
		"objectRef":{"resource":"evrocmachines","subresource":"status",
			"namespace":"a","name":"b"},
		"responseStatus":{"code":200},
		"requestReceivedTimestamp":"2026-01-31T12:00:00.000000Z"}`))
	if err != nil {
		t.Fatal(err)
	}
	if request.Agent != "evroc-shim" || request.Verb != "patch" ||
		request.Resource != "evrocmachines/status" || request.Name != "b" ||
		request.Code != 200 || request.Received.IsZero() {
		t.Errorf("read as %+v", request)
	}
}

func TestRequestsAreCountedByVerb(t *testing.T) {
	counts := CountByVerb(
		[]Request{{Agent: "a", Verb: "get"}, {Agent: "a", Verb: "get"},
			{Agent: "a", Verb: "patch"}, {Agent: "b", Verb: "get"}},
		func(r Request) bool { return r.Agent == "a" })
	if counts["get"] != 2 || counts["patch"] != 1 {
		t.Errorf("counted %v", counts)
	}
}
