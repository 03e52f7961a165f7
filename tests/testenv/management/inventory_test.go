package management

import (
	"os"
	"strings"
	"testing"
)

func TestTheInventoryNamesTheVersionThatIsPinned(t *testing.T) {
	content, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	pin := "sigs.k8s.io/cluster-api " + clusterAPIVersion + "\n"
	if !strings.Contains(string(content), pin) {
		t.Errorf("tests/go.mod does not say %s", pin)
	}
}
