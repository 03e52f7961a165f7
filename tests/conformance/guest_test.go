package conformance

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
	"testing"
)

// guestRootVariable names the folder of a minimal Debian 12, as
// tests/tools/run_boot_scripts.sh makes it.
const guestRootVariable = "EVROC_GUEST_ROOT"

// guest is a machine at its first boot: a file system of its own, in which
// stand-ins take the place of all that reaches packages, network and kernel.
// They record their calls.
type guest struct{ root string }

// newGuest makes a machine that has what an empty Debian has, and the packages
// of its image. Packages of Kubernetes, installed or not, have the version.
// Without a Debian it has only the programs of one that the boot scripts may use
// without installing them.
func newGuest(t *testing.T, kubernetes string, image ...string) guest {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root may change the root folder")
	}
	g := guest{t.TempDir()}
	if debian := os.Getenv(guestRootVariable); debian != "" {
		must(t, exec.Command("cp", "-a", debian+"/.", g.root).Run())
	} else {
		g.makeRoot(t)
	}
	for name, script := range standIns {
		g.write(t, "usr/local/bin/"+name, recorder+script)
	}
	for name, files := range packagesOf(kubernetes) {
		must(t, os.MkdirAll(g.path("packages/"+name), 0o755))
		for path, content := range files {
			g.write(t, "packages/"+name+"/"+path, content)
			if slices.Contains(image, name) {
				g.write(t, path, content)
				g.write(t, "installed/"+name, "")
			}
		}
	}
	g.write(t, "etc/fstab", "/dev/vda1 / ext4 defaults 0 1\n/swapfile none swap sw 0 0\n")
	return g
}

// essential are programs that every Debian has.
var essential = []string{"sh", "cat", "cp", "grep", "mkdir", "sed", "touch"}

// makeRoot copies the essential programs of this machine, with their libraries,
// and makes the folders of apt.
func (g guest) makeRoot(t *testing.T) {
	t.Helper()
	for _, name := range essential {
		program, err := exec.LookPath(name)
		must(t, err)
		g.copyFile(t, program, "bin/"+name)
		libraries, err := exec.Command("ldd", program).Output()
		must(t, err)
		for _, library := range regexp.MustCompile(`/\S+`).FindAllString(string(libraries), -1) {
			if _, err := os.Stat(g.path(library)); errors.Is(err, fs.ErrNotExist) {
				g.copyFile(t, library, library)
			}
		}
	}
	must(t, os.MkdirAll(g.path("etc/apt/sources.list.d"), 0o755))
	must(t, os.MkdirAll(g.path("dev"), 0o755))
	must(t, syscall.Mknod(g.path("dev/null"), syscall.S_IFCHR|0o666, 1<<8|3))
}

func (g guest) path(name string) string { return filepath.Join(g.root, name) }

func (g guest) copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	must(t, err)
	g.write(t, to, string(content))
}

func (g guest) write(t *testing.T, name, content string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(g.path(name)), 0o755))
	must(t, os.WriteFile(g.path(name), []byte(content), 0o755))
}

func (g guest) read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(g.path(name))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(content)
}

// boot does what cloud-init does with the files and commands: it writes those,
// and runs these as one script.
func (g guest) boot(t *testing.T, config cloudConfig) (output string) {
	t.Helper()
	for _, file := range config.Files {
		g.write(t, file.Path, file.Content)
		if file.Permissions != "0755" {
			must(t, os.Chmod(g.path(file.Path), 0o644))
		}
	}
	script := "#!/bin/sh\n"
	for _, each := range config.Commands {
		line, ok := each.(string)
		if !ok {
			t.Fatalf("no text: %v", each)
		}
		script += line + "\n"
	}
	g.write(t, "runcmd", script)
	command := exec.Command("/bin/sh", "/runcmd")
	command.Dir = "/"
	command.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	command.SysProcAttr = &syscall.SysProcAttr{Chroot: g.root, Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC}
	text, err := command.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(text)
}

// calls returns what was recorded, and empties the record.
func (g guest) calls(t *testing.T) string {
	t.Helper()
	text := g.read(t, "calls")
	must(t, os.RemoveAll(g.path("calls")))
	return text
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// recorder begins a program that records its calls.
const recorder = "#!/bin/sh\necho \"${0##*/} $*\" >>/calls\n"

// standIns are what each machine has. apt-get installs what packagesOf has,
// Kubernetes only after its repository was read.
var standIns = map[string]string{
	"systemctl": "", "swapoff": "", "apt-mark": "",
	"apt-get": `
while [ "$1" = -o ]; do shift 2; done
case $1 in
  update) ! grep -qs pkgs.k8s.io /etc/apt/sources.list.d/kubernetes.list || touch /repository ;;
  install)
    shift 2
    for each; do
      name=${each%%=*}
      case $name in kube*) [ -e /repository ] || exit 100 ;; esac
      [ -d "/packages/$name" ] || exit 100
      cp -R "/packages/$name/." /
      mkdir -p /installed
      touch "/installed/$name"
    done ;;
esac
`,
	"dpkg": `
shift
for name; do [ -e "/installed/$name" ] || exit 1; done
`,
}

// packagesOf returns the programs and files of packages.
func packagesOf(kubernetes string) map[string]map[string]string {
	return map[string]map[string]string{
		"ca-certificates": {"etc/ssl/certs/ca-certificates.crt": "certificates\n"},
		"containerd":      {"usr/bin/containerd": recorder + "echo SystemdCgroup = false\n"},
		"curl":            {"usr/bin/curl": recorder + curl},
		"kmod":            {"usr/sbin/modprobe": recorder},
		// What sysctl reads is what the kernel does.
		"procps":  {"usr/sbin/sysctl": recorder + "cat /etc/sysctl.d/*.conf >/kernel\n"},
		"kubeadm": {"usr/bin/kubeadm": kubeadmProgram(kubernetes)},
		"kubelet": {"usr/bin/kubelet": kubeletProgram(kubernetes)},
		"kubectl": {},
	}
}

func kubeadmProgram(version string) string {
	return "#!/bin/sh\nif [ \"$*\" = 'version -o short' ]; then\n  echo " + version + "\n  exit\nfi\n" + recorder
}

func kubeletProgram(version string) string {
	return "#!/bin/sh\n[ \"$*\" = --version ] && echo Kubernetes " + version + "\n"
}

// curl knows two servers, and no certificates but those of the package.
const curl = `
[ -s /etc/ssl/certs/ca-certificates.crt ] || exit 77
while [ "${1#-}" != "$1" ]; do
  case $1 in
    -o) output=$2; shift ;;
    --retry) shift ;;
  esac
  shift
done
case $1 in
  https://get.rke2.io) echo 'echo "installer $INSTALL_RKE2_VERSION $INSTALL_RKE2_TYPE $*" >>/calls' ;;
  https://pkgs.k8s.io/core:/stable:/v1.[0-9][0-9]/deb/Release.key) echo key >"$output" ;;
  *) exit 22 ;;
esac
`
