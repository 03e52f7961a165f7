package handover

import (
	"os"
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
)

func TestMain(m *testing.M) { os.Exit(e2e.Main(m)) }
