package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	requestTimeout = 60 * time.Second
	// shownBytes is how much of a body is shown.
	shownBytes = 700
)

// Client calls one cloud. Safe for use by several goroutines.
type Client struct {
	Credentials

	http         http.Client
	mutex        sync.Mutex
	token        string
	renewAt      time.Time
	refreshToken string
}

// New returns a client with these credentials.
func New(credentials Credentials) *Client {
	return &Client{Credentials: credentials, http: http.Client{Timeout: requestTimeout},
		refreshToken: credentials.RefreshToken}
}

// Request is a call of the API.
type Request struct {
	Method string
	// Path begins after the base URL, and may have a query.
	Path string
	// Body is sent as JSON; nil is no body.
	Body any
	// Authorization takes the place of the client's own token if it is not nil;
	// empty: no header.
	Authorization *string
}

// Answer is what the cloud answered to what.
type Answer struct {
	Method string
	Path   string
	Sent   string
	Status int
	Header http.Header
	Body   []byte
	// JSON does not exist if the body is none.
	JSON Value
}

// Do sends a request. A request that the cloud did not take (429, 503) is
// repeated a few times.
func (c *Client) Do(ctx context.Context, request Request) (Answer, error) {
	const attempts = 4
	for attempt := 1; ; attempt++ {
		answer, err := c.once(ctx, request)
		busy := answer.Status == http.StatusTooManyRequests ||
			answer.Status == http.StatusServiceUnavailable
		if err != nil || !busy || attempt == attempts {
			return answer, err
		}
		select {
		case <-ctx.Done():
			return answer, ctx.Err()
		case <-time.After(time.Duration(attempt) * time.Second):
		}
	}
}

func (c *Client) once(ctx context.Context, request Request) (Answer, error) {
	var content []byte
	if request.Body != nil {
		encoded, err := json.Marshal(request.Body)
		if err != nil {
			return Answer{}, err
		}
		content = encoded
	}
	call, err := http.NewRequestWithContext(ctx, request.Method, c.APIURL+request.Path,
		bytes.NewReader(content))
	if err != nil {
		return Answer{}, err
	}
	call.Header.Set("Accept", "application/json")
	if content != nil {
		call.Header.Set("Content-Type", "application/json")
	}
	if request.Authorization == nil {
		token, err := c.Token(ctx)
		if err != nil {
			return Answer{}, err
		}
		call.Header.Set("Authorization", "Bearer "+token)
	} else if *request.Authorization != "" {
		call.Header.Set("Authorization", *request.Authorization)
	}
	return c.send(call, string(content))
}

func (c *Client) send(call *http.Request, shown string) (Answer, error) {
	response, err := c.http.Do(call)
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return Answer{}, err
	}
	answer := Answer{Method: call.Method, Path: call.URL.RequestURI(), Sent: shown,
		Status: response.StatusCode, Header: response.Header, Body: body}
	answer.JSON = parse(body)
	return answer, nil
}

// Accepted reports whether the status is one of success.
func (a Answer) Accepted() bool { return a.Status >= 200 && a.Status < 300 }

// Reason is the reason of a refusal.
func (a Answer) Reason() string { return a.JSON.At("reason").String() }

// Debug is the text of a refusal.
func (a Answer) Debug() string { return a.JSON.At("debug").String() }

// String shows request and answer. Keys and tokens in the answer are left out.
func (a Answer) String() string {
	sent := a.Sent
	if sent != "" {
		sent = " " + shorten(sent)
	}
	body := shorten(string(a.Body))
	for _, secret := range []string{"access_token", "privateKeyJwk", "secretAccessKey"} {
		if strings.Contains(body, secret) {
			body = "(a body with " + secret + ")"
		}
	}
	return fmt.Sprintf("%s %s%s\n      -> %d %s", a.Method, a.Path, sent, a.Status, body)
}

func shorten(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > shownBytes {
		return text[:shownBytes] + "…"
	}
	return text
}
