package boot_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload/boot"
)

const appends = "list(append)+dict(no_replace,recurse_array)+str()"

// message writes a MIME message as the provider merges user data.
func message(mergeType string, userType, user string, bootstrap []byte) []byte {
	header := ""
	if mergeType != "" {
		header = "Merge-Type: " + mergeType + "\n"
	}
	return fmt.Appendf(nil, "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"b\"\n\n"+
		"--b\nContent-Type: %s; charset=\"utf-8\"\nContent-Transfer-Encoding: base64\n\n%s\n"+
		"--b\nContent-Type: text/jinja2; charset=\"utf-8\"\nContent-Transfer-Encoding: 7bit\n%s\n%s\n--b--\n",
		userType, base64.StdEncoding.EncodeToString([]byte(user)), header, bootstrap)
}

func TestMergedUserDataBoots(t *testing.T) {
	cluster := newKubeadm(t)
	bootstrap := render(t, cluster.JoinWorker)
	for name, data := range map[string][]byte{
		"cloud-config": message(appends, "text/cloud-config",
			"#cloud-config\nruncmd: [echo mine]\nwrite_files: [{path: /etc/x, content: größer}]\n", bootstrap),
		"script": message("", "text/x-shellscript", "#!/bin/sh\necho mine\n", bootstrap),
		"hook":   message("", "text/cloud-boothook", "#cloud-boothook\n#!/bin/sh\necho mine\n", bootstrap),
	} {
		plan, err := boot.Decide(data, guest)
		if err != nil || plan.Role != boot.Worker || plan.Kubeadm.Endpoint != cluster.Endpoint {
			t.Errorf("%s: %+v, %v", name, plan, err)
		}
	}
}

// The user's commands run before kubeadm, so that they can prepare the machine.
func TestTheUsersCommandsRunFirst(t *testing.T) {
	cluster := newKubeadm(t)
	cluster.Commands = cluster.Commands[2:] // without net.ipv4.ip_forward
	bootstrap := render(t, cluster.JoinWorker)
	wantRefusal(t, bootstrap, guest, "ip_forward")
	for userType, user := range map[string]string{
		"text/cloud-config":   "#cloud-config\nruncmd: ['" + forward + "']\n",
		"text/x-shellscript":  "#!/bin/sh\n" + forward + "\n",
		"text/cloud-boothook": "#cloud-boothook\n#!/bin/sh\n" + forward + "\n",
	} {
		wantRefusal(t, message(appends, userType, user, bootstrap), guest, "")
	}
}

// Without a merge type a part replaces the keys of those before it.
func TestPartsReplaceKeysUnlessTheyAppend(t *testing.T) {
	cluster := newKubeadm(t)
	commands := cluster.Commands
	cluster.Commands = commands[2:]
	bootstrap := render(t, cluster.JoinWorker)
	user := "#cloud-config\nruncmd: ['" + forward + "']\n"
	wantRefusal(t, message("", "text/cloud-config", user, bootstrap), guest, "ip_forward")
	wantRefusal(t, message("dict(x)", "text/cloud-config", user, bootstrap), guest, "merge type")
}

func TestBrokenMessages(t *testing.T) {
	for data, reason := range map[string]string{
		"MIME-Version: 1.0\nContent-Type: text/plain\n\nx":                                  "not multipart",
		"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nx":            "broken MIME message",
		string(message("", "text/x-include-url", "#include\nx\n", nil)):                     "not known here",
		strings.Replace(string(message("", "text/cloud-config", "a", nil)), "YQ==", "?", 1): "broken base64",
	} {
		wantRefusal(t, []byte(data), guest, reason)
	}
}
