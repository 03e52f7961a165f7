package boot

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"slices"
	"testing"
)

func TestEncodings(t *testing.T) {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, _ = writer.Write([]byte("text"))
	_ = writer.Close()
	plain64 := base64.StdEncoding.EncodeToString([]byte("text"))
	packed64 := base64.StdEncoding.EncodeToString(packed.Bytes())
	for encoding, content := range map[string]string{
		"": "text", "text/plain": "text", "b64": plain64, "base64": plain64[:4] + "\n" + plain64[4:],
		"gz": packed.String(), "gzip": packed.String(),
		"gz+base64": packed64, "gzip+base64": packed64, "gz+b64": packed64, "gzip+b64": packed64,
	} {
		if got, err := decode(content, encoding); err != nil || string(got) != "text" {
			t.Errorf("%q: %q, %v", encoding, got, err)
		}
	}
}

func TestFilesAreAppended(t *testing.T) {
	files, err := decodeFiles([]fileItem{{Path: "/a", Content: "x"}, {Path: "/a", Content: "y", Append: true}, {Path: "/b", Content: 7}})
	if err != nil || string(files["/a"]) != "xy" || string(files["/b"]) != "7" {
		t.Errorf("%q, %v", files, err)
	}
}

func TestJinja(t *testing.T) {
	guest := Guest{Hostname: "host", InstanceID: "id", Zone: "a"}
	for text, want := range map[string]string{
		"{{ ds.meta_data.local_hostname }}":            "host",
		"{{ ds.meta_data['local-hostname'] }}":         "host",
		"{{ds.meta_data.instance_id}}":                 "id",
		"{{ v1.local_hostname }} {{ local_hostname }}": "host host",
		"{{ v1.availability_zone }}":                   "a",
		"{{ v1.region }}":                              "CI_MISSING_JINJA_VAR/region",
		"{{ ds.meta_data.nothing }}":                   "CI_MISSING_JINJA_VAR/nothing",
		"{{ v1.region | default('x') }}":               "x",
		"{{ v1.local_hostname|upper }}":                "HOST",
		"{{ 'a-b' | replace('-', '_') }}":              "a_b",
		"{# gone #}b":                                  "b",
		"{% raw %}{{ kept }}{% endraw %}":              "{{ kept }}",
		"{{- v1.local_hostname -}}":                    "host",
	} {
		got, err := render("## template: jinja\n"+text, guest)
		if err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", text, got, err, want)
		}
	}
	if got, _ := render("{{ v1.region }}", guest); got != "{{ v1.region }}" {
		t.Errorf("rendered without the header: %q", got)
	}
}

func read(script string) []pipeline {
	reader := &scriptReader{files: map[string][]byte{}, variables: map[string]string{}}
	reader.readScript(script)
	return reader.pipelines
}

func TestShellWords(t *testing.T) {
	for script, want := range map[string][]string{
		`a 'b c' "d e" f\ g`:                  {"a", "b c", "d e", "f g"},
		"V=1; echo $V ${V} '$V' \"$V\"":       {"echo", "1", "1", "$V", "1"},
		"V=v1.2.3; x ${V#v} ${V%.*} ${V%%.*}": {"x", "1.2.3", "v1.2", "v1"},
		"V=; x ${V:-d} ${W-e}":                {"x", "d", "e"},
		"V=a.b.c; x ${V//./-} ${V/./-}":       {"x", "a-b-c", "a-b.c"},
		"X=1 sudo -E x y":                     {"x", "y"},
		"x a#b # c":                           {"x", "a#b"},
		"x \\\n y":                            {"x", "y"},
		"x $(date +%s) y":                     {"x", "$(date +%s)", "y"},
	} {
		lines := read(script)
		if len(lines) == 0 || !slices.Equal(lines[len(lines)-1][0].words, want) {
			t.Errorf("%s: %q, want %q", script, lines, want)
		}
	}
}

func TestShellLines(t *testing.T) {
	for script, want := range map[string]int{
		"a && b || c; d & e":               5,
		"a | b":                            1,
		"if a; then b; else c; fi":         3,
		"for i in 1 2; do a; done":         2,
		"cat <<EOF > /f\na; b\nEOF\nc":     2,
		"a 2>&1 >/dev/null; b &>/dev/null": 2,
		"( a; b )":                         2,
		"\n\n# c\n":                        0,
		"a 'unclosed":                      1,
	} {
		if got := len(read(script)); got != want {
			t.Errorf("%q: %d lines, want %d: %q", script, got, want, read(script))
		}
	}
}

func TestShellOutput(t *testing.T) {
	line := read("cat <<'EOF' >> /f\nx $V\nEOF")[0]
	if line[0].output != "/f" || line[0].input != "x $V" {
		t.Errorf("%+v", line)
	}
}

// Scripts that call themselves do not loop for ever.
func TestScriptsThatCallThemselves(t *testing.T) {
	reader := &scriptReader{files: map[string][]byte{"/a": []byte("/a; /a")}, variables: map[string]string{}}
	reader.readScript("/a")
	if len(reader.pipelines) == 0 {
		t.Error("nothing read")
	}
}

func FuzzDecide(f *testing.F) {
	f.Add("## template: jinja\n#cloud-config\nruncmd: ['kubeadm init --config /a']\nwrite_files: [{path: /a, content: x}]\n")
	f.Add("#cloud-config\nruncmd: [\"cat <<EOF >/x\\n${A%%.*}\\nEOF\"]\n")
	f.Fuzz(func(_ *testing.T, text string) {
		_, _ = Decide([]byte(text), Guest{Hostname: "h"})
	})
}
