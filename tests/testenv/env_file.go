package testenv

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// variable is a variable of the environment file.
type variable struct{ name, value string }

// writeEnvironment writes env.sh, which a shell reads to use the test
// environment.
func (e *Environment) writeEnvironment() error {
	variables := []variable{
		{"KUBECONFIG", e.Management.AdminKubeconfig()},
		{"EVROC_TESTENV_DIR", e.options.Dir},
		{"EVROC_TESTENV_LOGS", e.logs()},
	}
	if e.Product != nil {
		variables = append(variables,
			variable{"EVROC_SIM", e.Product.SimURL()},
			variable{"EVROC_NETWORK_SERVICE", e.Product.Network.Address()},
			variable{"EVROC_COMPUTE_SERVICE", e.Product.Compute.Address()},
			variable{"EVROC_CREDENTIALS", e.Product.Credentials()},
			variable{"EVROC_DATA_PLANE", e.Product.DataPlane()})
	}
	var text strings.Builder
	text.WriteString("# . env.sh makes this shell use the test environment.\n")
	for _, one := range variables {
		fmt.Fprintf(&text, "export %s=%s\n", one.name, quote(one.value))
	}
	fmt.Fprintf(&text, "export PATH=%s:$PATH\n", quote(e.Management.Tools()))
	// Everything is on loopback, so no proxy is used.
	text.WriteString("export NO_PROXY=127.0.0.0/8,localhost\n" +
		"export no_proxy=$NO_PROXY\n")
	path := filepath.Join(e.options.Dir, "env.sh")
	return os.WriteFile(path, []byte(text.String()), 0o600)
}

// quote quotes a text for a shell.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
