package client

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// renewBefore is how long before its expiry a token is renewed.
const renewBefore = 30 * time.Second

// Form is a request of the token endpoint.
type Form struct {
	Fields map[string]string
	// BasicClient is the client id for HTTP Basic, with an empty secret; without
	// it the fields name the client.
	BasicClient string
}

// Grant asks the token endpoint.
func (c *Client) Grant(ctx context.Context, form Form) (Answer, error) {
	values := url.Values{}
	for name, value := range form.Fields {
		values.Set(name, value)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.TokenURL,
		strings.NewReader(values.Encode()))
	if err != nil {
		return Answer{}, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if form.BasicClient != "" {
		request.SetBasicAuth(url.QueryEscape(form.BasicClient), "")
	}
	// The form is a secret.
	return c.send(request, "a form with grant_type="+form.Fields["grant_type"])
}

// AssertionForm is the form by which a service account signs in.
func (c *Client) AssertionForm(clientID string, key *Key) (Form, error) {
	assertion, err := key.Sign(map[string]any{
		"jti": randomHex(16), "iss": clientID, "sub": clientID, "aud": c.TokenURL,
		"iat": time.Now().Unix(), "nbf": time.Now().Unix(),
		"exp": time.Now().Add(5 * time.Minute).Unix(),
	})
	return Form{Fields: map[string]string{
		"grant_type":            "client_credentials",
		"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
		"client_assertion":      assertion,
		"client_id":             clientID,
	}}, err
}

// Sign makes a JWT of the claims.
func (k *Key) Sign(claims map[string]any) (string, error) {
	header := map[string]any{"alg": "RS256", "typ": "JWT"}
	if k.ID != "" {
		header["kid"] = k.ID
	}
	parts := make([]string, 0, 3)
	for _, part := range []map[string]any{header, claims} {
		encoded, err := json.Marshal(part)
		if err != nil {
			return "", err
		}
		parts = append(parts, base64.RawURLEncoding.EncodeToString(encoded))
	}
	digest := sha256.Sum256([]byte(strings.Join(parts, ".")))
	signature, err := rsa.SignPKCS1v15(rand.Reader, k.Private, crypto.SHA256, digest[:])
	parts = append(parts, base64.RawURLEncoding.EncodeToString(signature))
	return strings.Join(parts, "."), err
}

// SignInForm is the form by which these credentials get a token.
func (c *Client) SignInForm() (Form, error) {
	if c.Key != nil {
		return c.AssertionForm(c.ClientID, c.Key)
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return Form{Fields: map[string]string{
		"grant_type": "refresh_token", "refresh_token": c.refreshToken, "client_id": c.ClientID,
	}}, nil
}

// Token returns an access token that lives for some time yet.
func (c *Client) Token(ctx context.Context) (string, error) {
	c.mutex.Lock()
	token, fresh := c.token, time.Now().Before(c.renewAt)
	c.mutex.Unlock()
	if fresh {
		return token, nil
	}
	form, err := c.SignInForm()
	if err != nil {
		return "", err
	}
	answer, err := c.Grant(ctx, form)
	if err != nil {
		return "", err
	}
	token = answer.JSON.At("access_token").String()
	if answer.Status != http.StatusOK || token == "" {
		return "", fmt.Errorf("no token: %s", answer)
	}
	lifetime, _ := answer.JSON.At("expires_in").Int()
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.token = token
	c.renewAt = time.Now().Add(time.Duration(lifetime)*time.Second - renewBefore)
	if next := answer.JSON.At("refresh_token").String(); next != "" {
		c.refreshToken = next
	}
	return token, nil
}

func randomHex(bytes int) string {
	random := make([]byte, bytes)
	_, _ = rand.Read(random)
	return hex.EncodeToString(random)
}
