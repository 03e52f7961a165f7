// Package cloud looks at an evroc-sim from outside, and makes its weather: what
// it holds, what it was asked, its faults and settings, and what befalls its
// machines.
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

// patience is far above what any call takes.
const patience = 30 * time.Second

// Cloud is one simulator. Safe for use by several goroutines.
type Cloud struct {
	// URL is where it serves.
	URL string
	// Credentials is the folder that it wrote its credentials to.
	Credentials string

	client http.Client
}

// New is the simulator at that URL.
func New(url, credentials string) *Cloud {
	return &Cloud{URL: strings.TrimSuffix(url, "/"), Credentials: credentials,
		client: http.Client{Timeout: patience}}
}

// Credential is the content of one of the files that the simulator wrote.
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

// Fault is trouble with requests on the way; see docs/evroc-sim.md.
type Fault struct {
	Method        string `json:"method,omitempty"`
	Path          string `json:"path,omitempty"`
	Count         int    `json:"count,omitempty"`
	Skip          int    `json:"skip,omitempty"`
	Status        int    `json:"status,omitempty"`
	Body          string `json:"body,omitempty"`
	RetryAfterS   int    `json:"retry_after_s,omitempty"`
	LoseAnswer    bool   `json:"lose_answer,omitempty"`
	Refuse        bool   `json:"refuse,omitempty"`
	DelayMS       int    `json:"delay_ms,omitempty"`
	PausePerKiBMS int    `json:"pause_per_kib_ms,omitempty"`
}

// Misfortune befalls the next objects of a collection that are made.
type Misfortune struct {
	Collection string `json:"collection"`
	// Outcome is "fail" or "stuck".
	Outcome string `json:"outcome"`
	// ID is a part of the object's id.
	ID    string `json:"id,omitempty"`
	Count int    `json:"count,omitempty"`
}

// Strike sets a fault.
func (c *Cloud) Strike(ctx context.Context, fault Fault) error {
	return c.control(ctx, http.MethodPost, "faults", fault, nil)
}

// Befall sets a misfortune.
func (c *Cloud) Befall(ctx context.Context, misfortune Misfortune) error {
	return c.control(ctx, http.MethodPost, "faults", misfortune, nil)
}

// ExpireTokens makes every token that was given out worthless.
func (c *Cloud) ExpireTokens(ctx context.Context) error {
	body := map[string]bool{"expire_tokens": true}
	return c.control(ctx, http.MethodPost, "faults", body, nil)
}

// Calm takes all faults and misfortunes away.
func (c *Cloud) Calm(ctx context.Context) error {
	return c.control(ctx, http.MethodDelete, "faults", nil, nil)
}

// Set changes settings, in the shape of GET /sim/v1/settings.
func (c *Cloud) Set(ctx context.Context, settings any) error {
	return c.control(ctx, http.MethodPut, "settings", settings, nil)
}

// What Befalls a machine from outside the API.
const (
	Stop   = "stop"
	Begin  = "start"
	Fail   = "fail"
	Vanish = "vanish"
)

// Act does something to a machine from outside the API.
func (c *Cloud) Act(ctx context.Context, machine Object, what string) error {
	path := "vms/" + url.PathEscape(machine.Project) + "/" +
		url.PathEscape(machine.ID) + "/" + what
	return c.control(ctx, http.MethodPost, path, nil, nil)
}

// UserData is what a machine finds on its drive.
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
