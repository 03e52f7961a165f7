package management

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

const refusal = ` "Failed" err="secrets is forbidden: ` +
	`User \"system:serviceaccount:a:b\" cannot list resource \"secrets\""`

func TestForbiddenFindsMissingRights(t *testing.T) {
	for name, test := range map[string]struct {
		line string
		want int
	}{
		"klog":          {"E0131 12:00:00.000000" + refusal, 1},
		"glog":          {"W20260131 12:00:00.000000" + refusal, 1},
		"plain":         {`User "system:serviceaccount:a:b" cannot get x`, 1},
		"twice escaped": {`User \\\"system:serviceaccount:a:b\" cannot get`, 1},
		"owner": {`is forbidden: cannot set blockOwnerDeletion if an ` +
			`ownerReference refers to a resource you can't set finalizers on`, 1},
		"policy":     {`is forbidden: ValidatingAdmissionPolicy 'x' denied request`, 0},
		"admin":      {`User "admin" cannot get x`, 0},
		"unrelated":  {`I0131 12:00:00.000000 all is well`, 0},
		"empty line": {"", 0},
	} {
		t.Run(name, func(t *testing.T) {
			if found := scan(t, test.line, nil); len(found) != test.want {
				t.Errorf("found %q", found)
			}
		})
	}
}

func TestForbiddenForgivesWhatARestartCaused(t *testing.T) {
	now := time.Now()
	during := now.Format("0102 15:04:05.000000")
	before := now.Add(-time.Hour).Format("0102 15:04:05.000000")
	outages := []outage{{now.Add(-time.Second), now.Add(time.Second)}}
	if found := scan(t, "E"+during+refusal, outages); len(found) != 0 {
		t.Errorf("counted %q", found)
	}
	if found := scan(t, "E"+before+refusal, outages); len(found) != 1 {
		t.Errorf("an earlier one was counted as %q", found)
	}
}

func scan(t *testing.T, content string, outages []outage) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.log")
	if err := os.WriteFile(path, []byte(content+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	found, err := appendForbidden(nil, path, outages)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
