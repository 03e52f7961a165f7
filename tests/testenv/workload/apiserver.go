package workload

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/version"
)

// clusterHeader is the header that names the cluster that answered.
const clusterHeader = "Evroc-Testenv-Cluster"

// apiServer is the in-memory API server as one server of a cluster serves it.
// It adds what the in-memory server lacks: probes, the version, status as a
// subresource, errors in the Kubernetes format, and an end to watches that
// began before the cluster was rebuilt.
type apiServer struct {
	cluster *cluster
	// address is the address of the listener. The in-memory server finds the
	// cluster by it, and dials it for port-forwards.
	address string
}

func (s *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
		s.cluster.cloud.etcd.ServeHTTP(w, r)
		return
	}
	w.Header().Set(clusterHeader, s.cluster.endpoint)
	r.Host = s.address
	switch r.URL.Path {
	case "/readyz", "/livez", "/healthz":
		_, _ = io.WriteString(w, "ok")
	case "/version":
		s.version(w, r)
	default:
		s.serveObjects(w, r)
	}
}

func (s *apiServer) version(w http.ResponseWriter, r *http.Request) {
	full := s.cluster.gitVersion(r.Context())
	parts := strings.SplitN(strings.TrimPrefix(full, "v"), ".", 3)
	info := version.Info{GitVersion: full, Platform: "linux/amd64"}
	if len(parts) == 3 {
		info.Major, info.Minor = parts[0], parts[1]
	}
	writeJSON(w, http.StatusOK, info)
}

func writeJSON(w http.ResponseWriter, code int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(value)
}

func (s *apiServer) serveObjects(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/portforward") {
		s.cluster.cloud.api.ServeHTTP(w, r)
		return
	}
	if isWatch(r) {
		s.serveWatch(w, r)
		return
	}
	target := targetOf(r.URL.Path)
	if err := target.adapt(r); err != nil {
		writeStatus(w, http.StatusBadRequest, metav1.StatusReasonBadRequest, err.Error())
		return
	}
	answer := &recorder{header: w.Header(), code: http.StatusOK}
	s.cluster.cloud.api.ServeHTTP(answer, r)
	if r.Method == http.MethodGet && target.name == "" && answer.code == http.StatusOK {
		s.cluster.noteList(r, answer.body.Bytes())
	}
	answer.send(w)
	if target.isNode() && (r.Method == http.MethodPatch || r.Method == http.MethodPut) {
		s.cluster.nodeWritten(r.Context(), target.name)
	}
}

func isWatch(r *http.Request) bool {
	switch r.URL.Query().Get("watch") {
	case "true", "1":
		return r.Method == http.MethodGet
	}
	return false
}

// serveWatch serves a watch. The in-memory server keeps no history, and after a
// restart its resource versions start at 1. A watch that continues an older one
// would miss deletions for ever. So a watch must follow a list or start from
// the beginning; any other gets 410, and its client lists again.
func (s *apiServer) serveWatch(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	query.Set("watch", "true")
	resumes := query.Get("resourceVersion") != "" && query.Get("resourceVersion") != "0"
	if query.Get("sendInitialEvents") == "true" || !resumes {
		query.Del("resourceVersion")
		query.Del("resourceVersionMatch")
	} else if !s.cluster.followsList(r, query.Get("resourceVersion")) {
		writeStatus(w, http.StatusGone, metav1.StatusReasonExpired,
			"too old resource version: there is no history")
		return
	}
	r.URL.RawQuery = query.Encode()
	s.cluster.cloud.api.ServeHTTP(w, r)
}

func readerOf(r *http.Request) string { return r.UserAgent() + " " + r.URL.Path }

// noteList stores the resource version that a client has listed.
func (cl *cluster) noteList(r *http.Request, body []byte) {
	var list struct {
		Metadata struct {
			ResourceVersion string `json:"resourceVersion"`
		} `json:"metadata"`
	}
	if json.Unmarshal(body, &list) != nil {
		return
	}
	cl.mu.Lock()
	defer cl.mu.Unlock()
	cl.lists[readerOf(r)] = list.Metadata.ResourceVersion
}

// followsList reports whether a watch begins where its client has listed, which
// it may do once for each list.
func (cl *cluster) followsList(r *http.Request, version string) bool {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	listed, known := cl.lists[readerOf(r)]
	if !known || listed != version {
		return false
	}
	delete(cl.lists, readerOf(r))
	return true
}

// target is the resource that a path names.
type target struct {
	resource, name, subresource string
}

// targetOf splits /api/v1/… and /apis/group/version/….
func targetOf(path string) target {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	skip := 2
	if parts[0] == "apis" {
		skip = 3
	}
	parts = parts[min(skip, len(parts)):]
	if len(parts) > 2 && parts[0] == "namespaces" {
		parts = parts[2:]
	}
	parts = append(parts, "", "", "")
	return target{resource: parts[0], name: parts[1], subresource: parts[2]}
}

func (t target) isNode() bool { return t.resource == "nodes" && t.name != "" }

// adapt makes status a subresource: a write to /status changes nothing else,
// and a patch of a node changes all but its status.
func (t target) adapt(r *http.Request) error {
	onStatus := t.subresource == "status"
	if onStatus {
		r.URL.Path = strings.TrimSuffix(r.URL.Path, "/status")
	}
	if r.Method == http.MethodPut && onStatus {
		r.Method = http.MethodPatch
		r.Header.Set("Content-Type", "application/merge-patch+json")
	}
	if r.Method != http.MethodPatch || !onStatus && !t.isNode() {
		return nil
	}
	return editBody(r, func(patch map[string]any) {
		if !onStatus {
			delete(patch, "status")
			return
		}
		for name := range patch {
			if name != "status" && name != "metadata" {
				delete(patch, name)
			}
		}
	})
}

// editBody changes a merge patch. It does not change other forms of patches:
// the in-memory server refuses them.
func editBody(r *http.Request, edit func(map[string]any)) error {
	if !strings.Contains(r.Header.Get("Content-Type"), "merge-patch") {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	patch := map[string]any{}
	if err := json.Unmarshal(body, &patch); err != nil {
		return err
	}
	edit(patch)
	if body, err = json.Marshal(patch); err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	return nil
}
