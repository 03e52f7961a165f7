// Package cloud is a client of evroc-sim's control API: it reads the inventory
// and the counted calls, sets faults and settings, and stops, starts or removes
// machines outside of the cloud's API.
package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// requestTimeout is far above the duration of any call.
const requestTimeout = 30 * time.Second

// Cloud is a client of one simulator. Safe for use by several goroutines.
type Cloud struct {
	// URL is the address of the simulator.
	URL string
	// Credentials is the folder that it wrote its credentials to.
	Credentials string

	client http.Client
}

// New returns a client of the simulator at url, which wrote its credentials to
// the folder.
func New(url, credentials string) *Cloud {
	return &Cloud{URL: strings.TrimSuffix(url, "/"), Credentials: credentials,
		client: http.Client{Timeout: requestTimeout}}
}

// Credential returns the content of one of the credential files that the
// simulator wrote.
func (c *Cloud) Credential(file string) ([]byte, error) {
	return os.ReadFile(filepath.Join(c.Credentials, file))
}

// call sends JSON, unless body is nil, and reads JSON into answer, unless that
// is nil.
func (c *Cloud) call(ctx context.Context, method, path string, body,
	answer any, header http.Header) error {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.URL+path, content)
	if err != nil {
		return err
	}
	if header != nil {
		request.Header = header
	}
	response, err := c.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, path, response.Status, text)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}

func (c *Cloud) control(ctx context.Context, method, path string, body,
	answer any) error {
	return c.call(ctx, method, "/sim/v1/"+path, body, answer, nil)
}

// Fault is a fault of requests; see docs/evroc-sim.md.
type Fault struct {
	Method  string `json:"method,omitempty"`
	Path    string `json:"path,omitempty"`
	PathEnd string `json:"path_end,omitempty"`
	Count   int    `json:"count,omitempty"`
	Skip    int    `json:"skip,omitempty"`
	Status  int    `json:"status,omitempty"`
	// Body is the body of that answer; nil is the simulator's own.
	Body          *string `json:"body,omitempty"`
	RetryAfterS   int     `json:"retry_after_s,omitempty"`
	LoseAnswer    bool    `json:"lose_answer,omitempty"`
	Refuse        bool    `json:"refuse,omitempty"`
	DelayMS       int     `json:"delay_ms,omitempty"`
	PausePerKiBMS int     `json:"pause_per_kib_ms,omitempty"`
	// Then are requests that are served between the request and its answer.
	Then []Request `json:"then,omitempty"`
}

// Request is a request that the simulator serves to itself.
type Request struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Body   any    `json:"body,omitempty"`
}

// CreateFault makes the creation of the next objects of a collection fail.
type CreateFault struct {
	Collection string `json:"collection"`
	// Outcome is "fail", "stuck" or "unschedulable".
	Outcome string `json:"outcome"`
	// ID is a part of the object's id.
	ID    string `json:"id,omitempty"`
	Count int    `json:"count,omitempty"`
}

// InjectFault adds a fault.
func (c *Cloud) InjectFault(ctx context.Context, fault Fault) error {
	return c.control(ctx, http.MethodPost, "faults", fault, nil)
}

// InjectCreateFault adds a fault of creation.
func (c *Cloud) InjectCreateFault(ctx context.Context, fault CreateFault) error {
	return c.control(ctx, http.MethodPost, "faults", fault, nil)
}

// ExpireTokens invalidates all tokens that were issued.
func (c *Cloud) ExpireTokens(ctx context.Context) error {
	body := map[string]bool{"expire_tokens": true}
	return c.control(ctx, http.MethodPost, "faults", body, nil)
}

// ClearFaults removes all faults, those of creation too.
func (c *Cloud) ClearFaults(ctx context.Context) error {
	return c.control(ctx, http.MethodDelete, "faults", nil, nil)
}

// Set changes settings, in the format of GET /sim/v1/settings.
func (c *Cloud) Set(ctx context.Context, settings any) error {
	return c.control(ctx, http.MethodPut, "settings", settings, nil)
}

// Actions of Act.
const (
	Stop   = "stop"
	Begin  = "start"
	Fail   = "fail"
	Vanish = "vanish"
)

// Act stops, starts, fails or removes a machine outside of the API.
func (c *Cloud) Act(ctx context.Context, machine Object, what string) error {
	path := "vms/" + url.PathEscape(machine.Project) + "/" +
		url.PathEscape(machine.ID) + "/" + what
	return c.control(ctx, http.MethodPost, path, nil, nil)
}

// UserData returns the user data of a machine.
func (c *Cloud) UserData(ctx context.Context, machine Object) ([]byte, error) {
	path := c.URL + "/sim/v1/vms/" + url.PathEscape(machine.Project) + "/" +
		url.PathEscape(machine.ID) + "/user-data"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	response, err := c.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, response.Status)
	}
	return io.ReadAll(response.Body)
}
