// Package client speaks the cloud's HTTP API and knows nothing else: where a
// cloud is and who calls it (evroc-api.md B.2.6), tokens (evroc-api.md B.2),
// requests, and JSON answers as they came.
package client

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"strings"

	"sigs.k8s.io/yaml"
)

// Credentials say where a cloud is, what to work in, and who calls.
type Credentials struct {
	APIURL       string
	TokenURL     string
	Organization string
	Project      string
	Region       string
	ClientID     string
	// One of the two is set.
	RefreshToken string
	Key          *Key
}

// Key is the private key of a service account.
type Key struct {
	ID      string
	Private *rsa.PrivateKey
}

// tokenPath is the token endpoint below the issuer.
const tokenPath = "/protocol/openid-connect/token"

// cliClient is the public client id of the CLI, to which refresh tokens belong.
const cliClient = "evroc-cli"

// FromProfile reads a profile of the CLI's file; an empty name is the current
// one.
func FromProfile(file, name string) (Credentials, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return Credentials{}, err
	}
	var parsed struct {
		CurrentProfile string
		Profiles       map[string]struct {
			APIURL, IssuerURL, Organization, Project, Region string
			User                                             struct{ RefreshToken string }
		}
	}
	if err := yaml.Unmarshal(content, &parsed); err != nil {
		return Credentials{}, fmt.Errorf("%s: %w", file, err)
	}
	if name == "" {
		name = parsed.CurrentProfile
	}
	profile, found := parsed.Profiles[name]
	if !found {
		return Credentials{}, fmt.Errorf("%s has no profile %q", file, name)
	}
	credentials := Credentials{
		APIURL:       strings.TrimSuffix(profile.APIURL, "/"),
		TokenURL:     strings.TrimSuffix(profile.IssuerURL, "/") + tokenPath,
		Organization: profile.Organization,
		Project:      profile.Project,
		Region:       profile.Region,
		ClientID:     cliClient,
		RefreshToken: profile.User.RefreshToken,
	}
	return credentials, credentials.check()
}

// FromEnvironment reads a service account from the variables that the Go SDK
// has for it.
func FromEnvironment(getenv func(string) string) (Credentials, error) {
	key, err := ParseKey(getenv("EVROC_SERVICE_ACCOUNT_SECRET"))
	if err != nil {
		return Credentials{}, fmt.Errorf("EVROC_SERVICE_ACCOUNT_SECRET: %w", err)
	}
	credentials := Credentials{
		APIURL:       strings.TrimSuffix(getenv("EVROC_API_URL"), "/"),
		TokenURL:     getenv("EVROC_TOKEN_URL"),
		Organization: getenv("EVROC_ORGANIZATION"),
		Project:      getenv("EVROC_PROJECT"),
		Region:       getenv("EVROC_REGION"),
		ClientID:     getenv("EVROC_CLIENT_ID"),
		Key:          key,
	}
	if credentials.ClientID == "" {
		credentials.ClientID = getenv("EVROC_SERVICE_ACCOUNT_ID") + "_" + credentials.Project
	}
	return credentials, credentials.check()
}

func (c Credentials) check() error {
	for name, value := range map[string]string{"API": c.APIURL, "token endpoint": c.TokenURL,
		"project": c.Project, "region": c.Region} {
		if value == "" {
			return fmt.Errorf("the credentials do not name the %s", name)
		}
	}
	if c.RefreshToken == "" && c.Key == nil {
		return errors.New("the credentials have neither a refresh token nor a key")
	}
	return nil
}

// ParseKey reads an RSA key: a JWK, base64 of one in any alphabet, or the name
// of a file with one.
func ParseKey(secret string) (*Key, error) {
	if content, err := os.ReadFile(secret); err == nil {
		secret = string(content)
	}
	if !strings.HasPrefix(strings.TrimSpace(secret), "{") {
		decoded, err := decodeBase64(secret)
		if err != nil {
			return nil, errors.New("neither a JWK, nor base64, nor a file")
		}
		secret = string(decoded)
	}
	var jwk struct{ Kid, N, E, D, P, Q string }
	if err := json.Unmarshal([]byte(secret), &jwk); err != nil {
		return nil, fmt.Errorf("no JWK: %w", err)
	}
	numbers := make([]*big.Int, 0, 5)
	for _, text := range []string{jwk.N, jwk.E, jwk.D, jwk.P, jwk.Q} {
		decoded, err := decodeBase64(text)
		if err != nil || len(decoded) == 0 {
			return nil, errors.New("the JWK lacks one of n, e, d, p and q")
		}
		numbers = append(numbers, new(big.Int).SetBytes(decoded))
	}
	private := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: numbers[0], E: int(numbers[1].Int64())},
		D:         numbers[2],
		Primes:    numbers[3:],
	}
	private.Precompute()
	return &Key{ID: jwk.Kid, Private: private}, private.Validate()
}

func decodeBase64(text string) ([]byte, error) {
	text = strings.NewReplacer("-", "+", "_", "/", "=", "", "\n", "").Replace(text)
	return base64.RawStdEncoding.DecodeString(text)
}
