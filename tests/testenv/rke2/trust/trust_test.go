package trust

import (
	"regexp"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"
)

func TestKubeconfigLeadsToTheServer(t *testing.T) {
	authority, err := NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	text, err := Kubeconfig("demo", "https://203.0.113.10:6443", authority.Cert, authority)
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(text)
	if err != nil {
		t.Fatal(err)
	}
	if config.Host != "https://203.0.113.10:6443" || string(config.CAData) != string(authority.Cert) {
		t.Errorf("leads to %s", config.Host)
	}
	now := time.Now()
	for after, want := range map[time.Duration]bool{0: false, 300 * 24 * time.Hour: true} {
		if got := NeedsRotation(text, now.Add(after)); got != want {
			t.Errorf("after %v: %v, want %v", after, got, want)
		}
	}
	if !NeedsRotation([]byte("no kubeconfig"), now) {
		t.Error("an unreadable one is kept")
	}
}

func TestKubeconfigNeedsAnAuthority(t *testing.T) {
	for name, pair := range map[string]KeyPair{
		"empty": {}, "no PEM": {Cert: []byte("x"), Key: []byte("y")},
	} {
		if _, err := Kubeconfig("demo", "https://a:6443", nil, pair); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestTokensDiffer(t *testing.T) {
	first, err := NewToken()
	if err != nil {
		t.Fatal(err)
	}
	second, err := NewToken()
	if err != nil {
		t.Fatal(err)
	}
	if first == second || !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(first) {
		t.Errorf("%s and %s", first, second)
	}
}
