package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

// hostileClouds returns a cloud for each way to hold up those who call it.
func hostileClouds() []*httptest.Server {
	var clouds []*httptest.Server
	for _, answer := range []http.HandlerFunc{silent, slow, throttling, endless,
		objecting} {
		clouds = append(clouds, httptest.NewServer(answer))
	}
	// Nobody listens at its address any more.
	dead := httptest.NewServer(http.HandlerFunc(silent))
	dead.Close()
	return append(clouds, dead)
}

// credentialOf returns a credential that names the cloud.
func credentialOf(cloud *httptest.Server, tenant int) []byte {
	return fmt.Appendf(nil, "auth: {token: t%d}\napi: {base_url: %q}\n"+
		"context: {project: p, region: se-sto}\n", tenant, cloud.URL)
}

// silent never answers.
func silent(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// slow sends a byte a second.
func slow(w http.ResponseWriter, r *http.Request) {
	for {
		_, err := w.Write([]byte(" "))
		if err != nil || http.NewResponseController(w).Flush() != nil ||
			wait(r.Context(), time.Second) != nil {
			return
		}
	}
}

func throttling(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(http.StatusTooManyRequests)
}

// endless sends a list without an end.
func endless(w http.ResponseWriter, _ *http.Request) {
	element := append([]byte(`,{"x":"`), bytes.Repeat([]byte("x"), 1<<20)...)
	element = append(element, `"}`...)
	_, err := w.Write([]byte(`{"items":[{}`))
	for err == nil {
		_, err = w.Write(element)
	}
}

// objecting has nothing, and a million objections to whatever is made.
func objecting(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if r.Method == http.MethodGet {
		fmt.Fprint(w, `{"items":[]}`)
		return
	}
	w.WriteHeader(http.StatusUnprocessableEntity)
	violation := `{"field":"f","message":"m"}`
	fmt.Fprintf(w, `{"reason":"Invalid","violations":[%s%s]}`,
		strings.Repeat(violation+",", 1_000_000), violation)
}
