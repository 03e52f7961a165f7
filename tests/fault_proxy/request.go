package faultproxy

import (
	"net/http"
	"strings"
)

// Kubernetes' verbs, as RBAC names them.
const (
	VerbGet              = "get"
	VerbList             = "list"
	VerbWatch            = "watch"
	VerbCreate           = "create"
	VerbUpdate           = "update"
	VerbPatch            = "patch"
	VerbDelete           = "delete"
	VerbDeleteCollection = "deletecollection"
)

// Request holds the properties of a request that rules match and counts group
// by.
type Request struct {
	Method string
	Path   string
	// Query is the raw query.
	Query string
	// Verb is the Kubernetes verb, or the lower-case method for paths that are no
	// resources.
	Verb string
	// Resource is the plural with its subresource, such as
	// "evrocmachines/status"; empty for paths that are no resources.
	Resource  string
	Namespace string
	Name      string
	// UserAgent is the first word of the header, such as "evroc-shim/1.0".
	UserAgent string
}

// IsWrite reports whether the request changes something.
func (r Request) IsWrite() bool {
	switch r.Verb {
	case VerbCreate, VerbUpdate, VerbPatch, VerbDelete, VerbDeleteCollection,
		"post", "put": // Of what is no Kubernetes resource.
		return true
	}
	return false
}

// ParseRequest returns the properties of an HTTP request.
func ParseRequest(r *http.Request) Request {
	agent, _, _ := strings.Cut(r.UserAgent(), " ")
	request := Request{
		Method:    r.Method,
		Path:      r.URL.Path,
		Query:     r.URL.RawQuery,
		UserAgent: agent,
		Verb:      strings.ToLower(r.Method),
	}
	parts := resourceParts(r.URL.Path)
	if len(parts) == 0 {
		return request
	}
	// The resource "namespaces" has the same place as the scope.
	if parts[0] == "namespaces" && len(parts) > 2 && !isNamespacePart(parts[2]) {
		request.Namespace = parts[1]
		parts = parts[2:]
	}
	request.Resource = parts[0]
	if len(parts) > 1 {
		request.Name = parts[1]
	}
	if len(parts) > 2 {
		request.Resource += "/" + parts[2]
	}
	request.Verb = verbOf(r, request.Name != "")
	return request
}

func isNamespacePart(part string) bool {
	return part == "status" || part == "finalize"
}

// resourceParts returns the part of the path after group and version; nil if
// the path is not one of resources.
func resourceParts(path string) []string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case len(parts) > 2 && parts[0] == "api":
		return parts[2:]
	case len(parts) > 3 && parts[0] == "apis":
		return parts[3:]
	}
	return nil
}

func verbOf(r *http.Request, named bool) string {
	switch r.Method {
	case http.MethodPost:
		return VerbCreate
	case http.MethodPut:
		return VerbUpdate
	case http.MethodPatch:
		return VerbPatch
	case http.MethodDelete:
		if named {
			return VerbDelete
		}
		return VerbDeleteCollection
	}
	switch watch := r.URL.Query().Get("watch"); {
	case watch == "true" || watch == "1":
		return VerbWatch
	case named:
		return VerbGet
	}
	return VerbList
}
