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

// auditPolicy logs the metadata of each request, once.
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

// AuditLog returns the path of the file with one line of JSON for each finished
// request.
func (m *Management) AuditLog() string { return m.files.auditLog }

// Request is a request that the API server answered.
type Request struct {
	// Agent is the client: its User-Agent up to the first slash.
	Agent string
	// User is the client's user, such as
	// system:serviceaccount:evroc-system:evroc-shim.
	User string
	// Verb is the API's verb: get, list, watch, create, update, patch, delete, …
	Verb string
	// Resource is the plural name, with the subresource after a slash.
	Resource string
	// Namespace and Name of the object, if there is one.
	Namespace, Name string
	// Code is the HTTP status of the answer.
	Code int
	// Received is the time of arrival.
	Received time.Time
}

// Requests reads the requests that the API server has logged so far. Watches
// are logged when they end. It needs Options.Audit.
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
			// The last line may be incomplete.
			return result, nil
		}
		request, err := parseRequest(line)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.files.auditLog, err)
		}
		result = append(result, request)
	}
}

// auditEvent holds the fields of an audit.k8s.io/v1 Event that become a
// Request.
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

// CountByVerb counts the requests for which accept returns true.
func CountByVerb(requests []Request, accept func(Request) bool) map[string]int {
	result := map[string]int{}
	for _, request := range requests {
		if accept(request) {
			result[request.Verb]++
		}
	}
	return result
}
