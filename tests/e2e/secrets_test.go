package e2e

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestASecretIsFoundInAnyForm(t *testing.T) {
	for _, before := range []string{"", "a", "ab", "abc", "password: "} {
		for _, after := range []string{"", "z", "yz", "xyz", "\nnext: line"} {
			text := before + secretText + after
			encoded := base64.StdEncoding.EncodeToString([]byte(text))
			for _, each := range []string{text, encoded} {
				if len(secretsIn("it says "+each+" here")) == 0 {
					t.Errorf("nothing found in %q, %s", text, each)
				}
			}
		}
	}
	if found := secretsIn("Secret c: refreshToken", "refreshToken"); len(found) != 1 {
		t.Errorf("found %v", found)
	}
	harmless := strings.Repeat("the VM top is not ready: secret-4711; ", 9)
	if found := secretsIn(harmless); len(found) > 0 {
		t.Errorf("found %v", found)
	}
}
