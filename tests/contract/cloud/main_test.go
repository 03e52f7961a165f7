package cloud

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/contract/cloud/client"
)

// The variables that choose a cloud; docs/cloud-contract.md explains them.
const (
	profileVariable     = "EVROC_CONTRACT_PROFILE"
	profileNameVariable = "EVROC_CONTRACT_PROFILE_NAME"
	confirmVariable     = "EVROC_CONTRACT_CONFIRM"
	cleanVariable       = "EVROC_CONTRACT_CLEAN"
	// byEnvironment takes the place of a file: a service account in the
	// variables of the Go SDK.
	byEnvironment = "environment"
)

// aCloud is the cloud that the clauses are tried on.
type aCloud struct {
	*client.Client
	// simulated is true if the suite started the cloud itself. Then all happens
	// fast, and open clauses must hold.
	simulated bool
	// prefix begins the id of every object that this run makes, and is its label.
	prefix string
	ledger *ledger
	report *report
	shared *sharedObjects
}

var theCloud *aCloud

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(runAll(m))
}

func runAll(m *testing.M) int {
	cloud, stop, err := chooseCloud()
	if errors.Is(err, errNoSimulator) && os.Getenv("EVROC_TESTENV_REQUIRED") != "1" {
		fmt.Println("The contract suite of the cloud is left out:", err)
		return 0
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "The contract suite of the cloud can't start:", err)
		return 1
	}
	defer stop()
	theCloud = cloud
	cleanUpWhenInterrupted(cloud)
	if prefix := os.Getenv(cleanVariable); prefix != "" {
		return cloud.ledger.cleanAfter(prefix)
	}
	code := m.Run()
	code = max(code, cloud.ledger.finish())
	cloud.report.print(os.Stdout)
	return code
}

func chooseCloud() (*aCloud, func(), error) {
	prefix := "ct-" + randomID()
	if os.Getenv(profileVariable) == "" {
		credentials, stop, err := startSimulator()
		if err != nil {
			return nil, nil, err
		}
		// Clauses wait more than they work.
		_ = flag.Set("test.parallel", "16")
		return newCloud(credentials, prefix, true), stop, nil
	}
	credentials, err := realCredentials()
	if err != nil {
		return nil, nil, err
	}
	if err := confirm(credentials); err != nil {
		return nil, nil, err
	}
	if os.Getenv(cleanVariable) == "" {
		fmt.Printf("Project %s of %s; the ids of all objects begin with %s-.\n%s\n",
			credentials.Project, credentials.APIURL, prefix, estimateText())
	}
	return newCloud(credentials, prefix, false), func() {}, nil
}

func newCloud(credentials client.Credentials, prefix string, simulated bool) *aCloud {
	cloud := &aCloud{Client: client.New(credentials), simulated: simulated, prefix: prefix,
		report: &report{simulated: simulated}, shared: &sharedObjects{}}
	cloud.ledger = newLedger(cloud)
	return cloud
}

func realCredentials() (client.Credentials, error) {
	file := os.Getenv(profileVariable)
	if file == byEnvironment {
		return client.FromEnvironment(os.Getenv)
	}
	if rest, below := strings.CutPrefix(file, "~/"); below {
		home, err := os.UserHomeDir()
		if err != nil {
			return client.Credentials{}, err
		}
		file = filepath.Join(home, rest)
	}
	return client.FromProfile(file, os.Getenv(profileNameVariable))
}

// confirm refuses to make objects that cost money unless the project is named
// once more, and unless there is time to delete them.
func confirm(credentials client.Credentials) error {
	if os.Getenv(confirmVariable) != credentials.Project {
		return fmt.Errorf("this would make objects that cost money in project %[1]s of %[2]s;\n%[3]s"+
			"\nif that is wanted: %[4]s=%[1]s", credentials.Project, credentials.APIURL, estimateText(), confirmVariable)
	}
	if timeout := flag.Lookup("test.timeout"); timeout != nil && timeout.Value.String() != "0s" {
		return errors.New("go test's own time limit would leave objects behind: add -timeout=0")
	}
	return nil
}

func cleanUpWhenInterrupted(cloud *aCloud) {
	// A reader of the output that has gone must not end the run.
	signal.Ignore(syscall.SIGPIPE)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-signals
		fmt.Println("Interrupted; deletes what was made")
		cloud.ledger.finish()
		cloud.report.print(os.Stdout)
		os.Exit(130)
	}()
}

// background is for calls that outlive a test.
func background() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), time.Minute)
}

func randomID() string {
	random := make([]byte, 3)
	_, _ = rand.Read(random)
	return hex.EncodeToString(random)
}

// timeFactor is above 1 on slow machines.
func timeFactor() float64 {
	factor, err := strconv.ParseFloat(os.Getenv("EVROC_TEST_TIMEOUT_FACTOR"), 64)
	if err != nil || factor < 1 {
		return 1
	}
	return factor
}
