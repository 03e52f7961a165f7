package management

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// auditPolicy notes who asked for what, without contents, once for each
// request.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules: [{level: Metadata}]
`

func (m *Management) writeAuditPolicy() error {
	if !m.options.Audit {
		return nil
	}
	return os.WriteFile(m.files.audit, []byte(auditPolicy), 0o644)
}

// AuditLog is the file with one line of JSON for each request that is over.
func (m *Management) AuditLog() string { return m.files.auditLog }

// Request is one that the API server answered.
type Request struct {
	// Agent is the program that asked: its User-Agent up to the first slash.
	Agent string
	// User is who it was, for instance system:serviceaccount:evroc-system:evroc-shim.
	User string
	// Verb is the API's: get, list, watch, create, update, patch, delete, …
	Verb string
	// Resource is its plural name, with the subresource after a slash.
	Resource string
	// Namespace and Name of the object, where there is one.
	Namespace, Name string
	// Code is the answer's.
	Code int
	// Received is when it came in.
	Received time.Time
}

// Requests reads what the API server noted so far. Watches are there once they
// have ended. Only with Options.Audit.
func (m *Management) Requests() ([]Request, error) {
	if !m.options.Audit {
		return nil, errors.New("the test environment was started without Options.Audit")
	}
	file, err := os.Open(m.files.auditLog)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var result []Request
	lines := bufio.NewReader(file)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			// The last line may still be being written.
			return result, nil
		}
		request, err := parseRequest(line)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.files.auditLog, err)
		}
		result = append(result, request)
	}
}

// auditEvent is the part of audit.k8s.io/v1 Event that Request shows.
type auditEvent struct {
	Verb      string `json:"verb"`
	UserAgent string `json:"userAgent"`
	User      struct {
		Username string `json:"username"`
	} `json:"user"`
	ObjectRef struct {
		Resource    string `json:"resource"`
		Subresource string `json:"subresource"`
		Namespace   string `json:"namespace"`
		Name        string `json:"name"`
	} `json:"objectRef"`
	ResponseStatus struct {
		Code int `json:"code"`
	} `json:"responseStatus"`
	Received time.Time `json:"requestReceivedTimestamp"`
}

func parseRequest(line []byte) (Request, error) {
	var event auditEvent
	if err := json.Unmarshal(line, &event); err != nil {
		return Request{}, err
	}
	agent, _, _ := strings.Cut(event.UserAgent, "/")
	resource := event.ObjectRef.Resource
	if event.ObjectRef.Subresource != "" {
		resource += "/" + event.ObjectRef.Subresource
	}
	return Request{
		Agent:     agent,
		User:      event.User.Username,
		Verb:      event.Verb,
		Resource:  resource,
		Namespace: event.ObjectRef.Namespace,
		Name:      event.ObjectRef.Name,
		Code:      event.ResponseStatus.Code,
		Received:  event.Received,
	}, nil
}

// CountByVerb counts the requests that accept is true for.
func CountByVerb(requests []Request, accept func(Request) bool) map[string]int {
	result := map[string]int{}
	for _, request := range requests {
		if accept(request) {
			result[request.Verb]++
		}
	}
	return result
}
