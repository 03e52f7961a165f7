package faultproxy

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// countLine is an entry of GET /v1/counts.
type countLine struct {
	Key
	Count int `json:"count"`
}

// faultLine is an entry of GET /v1/faults.
type faultLine struct {
	ID        int  `json:"id"`
	Triggered int  `json:"struck"`
	Rule      Rule `json:"rule"`
}

// Control serves the proxy's controls; it belongs on another address than the
// proxy itself, so that the two never mix:
//
//	GET, POST, DELETE /v1/faults     list, set and clear rules
//	DELETE /v1/faults/{id}           remove one
//	GET, DELETE /v1/counts           requests so far; forget them
//	POST /v1/cut                     cut the watches that match
//	POST /v1/down, /v1/up            refuse connections, serve again
func (p *Proxy) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/faults", p.listFaults)
	mux.HandleFunc("POST /v1/faults", p.addFault)
	mux.HandleFunc("DELETE /v1/faults", p.clearFaults)
	mux.HandleFunc("DELETE /v1/faults/{id}", p.removeFault)
	mux.HandleFunc("GET /v1/counts", p.listCounts)
	mux.HandleFunc("DELETE /v1/counts", p.forgetCounts)
	mux.HandleFunc("POST /v1/cut", p.cutWatches)
	mux.HandleFunc("POST /v1/down", p.change(p.Down))
	mux.HandleFunc("POST /v1/up", p.change(p.Up))
	return mux
}

func refuse(w http.ResponseWriter, code int, message string) {
	writeJSON(w, code, map[string]string{"error": message})
}

// read decodes a body strictly, and answers the request if that fails.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return false
	}
	return true
}

func lineOf(f *Fault) faultLine {
	return faultLine{ID: f.ID(), Triggered: f.Triggered(), Rule: f.Rule()}
}

func (p *Proxy) listFaults(w http.ResponseWriter, _ *http.Request) {
	lines := []faultLine{}
	for _, f := range p.Faults() {
		lines = append(lines, lineOf(f))
	}
	writeJSON(w, http.StatusOK, lines)
}

func (p *Proxy) addFault(w http.ResponseWriter, r *http.Request) {
	var rule Rule
	if !read(w, r, &rule) {
		return
	}
	f, err := p.Add(rule)
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	writeJSON(w, http.StatusCreated, lineOf(f))
}

func (p *Proxy) clearFaults(w http.ResponseWriter, _ *http.Request) {
	p.Clear()
	w.WriteHeader(http.StatusNoContent)
}

func (p *Proxy) removeFault(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		refuse(w, http.StatusBadRequest, "id: not a number")
		return
	}
	for _, f := range p.Faults() {
		if f.ID() == id {
			f.Remove()
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	refuse(w, http.StatusNotFound, "no such fault")
}

func (p *Proxy) listCounts(w http.ResponseWriter, _ *http.Request) {
	lines := []countLine{}
	for key, n := range p.Counts() {
		lines = append(lines, countLine{Key: key, Count: n})
	}
	slices.SortFunc(lines, func(a, b countLine) int {
		return strings.Compare(a.order(), b.order())
	})
	writeJSON(w, http.StatusOK, lines)
}

func (l countLine) order() string {
	return l.UserAgent + " " + l.Resource + " " + l.Verb + " " +
		strconv.Itoa(l.Code)
}

func (p *Proxy) forgetCounts(w http.ResponseWriter, _ *http.Request) {
	p.ForgetCounts()
	w.WriteHeader(http.StatusNoContent)
}

func (p *Proxy) cutWatches(w http.ResponseWriter, r *http.Request) {
	var match Match
	if !read(w, r, &match) {
		return
	}
	n, err := p.CutWatches(match)
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, map[string]int{"cut": n})
}

func (p *Proxy) change(to func() error) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if err := to(); err != nil {
			refuse(w, http.StatusInternalServerError, err.Error())
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}
