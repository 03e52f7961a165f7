package workload

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// recorder buffers an answer of the in-memory server, so that its errors can be
// converted to the Kubernetes format.
type recorder struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(code int) { r.code = code }

func (r *recorder) Write(data []byte) (int, error) { return r.body.Write(data) }

func (r *recorder) send(w http.ResponseWriter) {
	if r.code < http.StatusBadRequest {
		w.WriteHeader(r.code)
		_, _ = w.Write(r.body.Bytes())
		return
	}
	status := r.status()
	writeJSON(w, int(status.Code), status)
}

// status returns the error of the in-memory server.
func (r *recorder) status() metav1.Status {
	var wrapped struct {
		ErrStatus *metav1.Status `json:"ErrStatus"`
	}
	if err := json.Unmarshal(r.body.Bytes(), &wrapped); err == nil && wrapped.ErrStatus != nil {
		status := *wrapped.ErrStatus
		status.TypeMeta = statusType
		return status
	}
	message := strings.TrimSpace(r.body.String())
	switch {
	case strings.HasSuffix(message, "not found"), strings.Contains(message, "not defined"),
		strings.Contains(message, "no APIResourceList"):
		return newStatus(http.StatusNotFound, metav1.StatusReasonNotFound, message)
	case strings.Contains(message, "object has been modified"):
		return newStatus(http.StatusConflict, metav1.StatusReasonConflict, message)
	case r.code == http.StatusNotFound:
		return newStatus(r.code, metav1.StatusReasonNotFound, "the server could not find the requested resource")
	case r.code == http.StatusUnsupportedMediaType:
		return newStatus(r.code, metav1.StatusReasonUnsupportedMediaType, message)
	case r.code == http.StatusMethodNotAllowed:
		return newStatus(r.code, metav1.StatusReasonMethodNotAllowed, message)
	}
	return newStatus(r.code, metav1.StatusReasonInternalError, message)
}

var statusType = metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}

func newStatus(code int, reason metav1.StatusReason, message string) metav1.Status {
	return metav1.Status{
		TypeMeta: statusType, Status: metav1.StatusFailure, Code: int32(code), Reason: reason, Message: message,
	}
}

func writeStatus(w http.ResponseWriter, code int, reason metav1.StatusReason, message string) {
	writeJSON(w, code, newStatus(code, reason, message))
}
