package stand

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// variable of the environment file.
type variable struct{ name, value string }

// writeEnvironment writes env.sh, which a shell reads to use the stand.
func (s *Stand) writeEnvironment() error {
	variables := []variable{
		{"KUBECONFIG", s.Management.AdminKubeconfig()},
		{"EVROC_STAND_DIR", s.options.Dir},
		{"EVROC_STAND_LOGS", s.logs()},
	}
	if s.Product != nil {
		variables = append(variables,
			variable{"EVROC_SIM", s.Product.SimURL()},
			variable{"EVROC_NETWORK_SERVICE", s.Product.Network.Address()},
			variable{"EVROC_COMPUTE_SERVICE", s.Product.Compute.Address()},
			variable{"EVROC_CREDENTIALS", s.Product.Credentials()},
			variable{"EVROC_DATA_PLANE", s.Product.DataPlane()})
	}
	var text strings.Builder
	text.WriteString("# . env.sh makes this shell use the stand.\n")
	for _, one := range variables {
		fmt.Fprintf(&text, "export %s=%s\n", one.name, quote(one.value))
	}
	fmt.Fprintf(&text, "export PATH=%s:$PATH\n", quote(s.Management.Tools()))
	// The tests have proxies of their own if any; the stand is on loopback.
	text.WriteString("export NO_PROXY=127.0.0.0/8,localhost\n" +
		"export no_proxy=$NO_PROXY\n")
	path := filepath.Join(s.options.Dir, "env.sh")
	return os.WriteFile(path, []byte(text.String()), 0o600)
}

// quote makes one word for a shell.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
