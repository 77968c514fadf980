package lint

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// machinePath finds an absolute path that exists on somebody's machine only: a folder of a person or of a build
// host at the start of a path, not within a longer one or within an address.
var machinePath = regexp.MustCompile(`(?m)(?:^|[^\w./~$}-])/(?:work|root|farm|home|Users|tmp)/[\w.-]*`)

func TestNoPathOfOneMachine(t *testing.T) {
	for _, name := range textFiles(t) {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if isBinary(text) {
			continue
		}
		for i, line := range bytes.Split(text, []byte("\n")) {
			if found := machinePath.Find(line); found != nil {
				t.Errorf("%s:%d: %q is a path of one machine: use a path in the tree, a flag or t.TempDir", name, i+1, found)
			}
		}
	}
}

func TestWhatCountsAsAPathOfOneMachine(t *testing.T) {
	slash := "/"
	for text, want := range map[string]bool{
		"see " + slash + "home/ada/x.csv":           true,
		`"` + slash + `root/.cache"`:                true,
		slash + "work/x":                            true,
		"open(" + slash + "tmp/x)":                  true,
		"https://example.org" + slash + "home/page": false,
		"neural" + slash + "work/x":                 false,
		"../shared" + slash + "work/":               false,
		"$HOME" + slash + "work/x":                  false,
		slash + "usr/bin/env bash":                  false,
	} {
		if got := machinePath.MatchString(text); got != want {
			t.Errorf("%q: path of one machine %v, want %v", text, got, want)
		}
	}
}

// textFiles lists what git tracks or would track, from the module's root. Where the tree came without git, it
// is everything that does not lie in a hidden folder or in bin.
func textFiles(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	var names []string
	if err == nil {
		for _, name := range strings.Split(strings.TrimRight(string(out), "\x00"), "\x00") {
			if isFile(filepath.Join(root, name)) { // a file deleted and not yet committed is still listed
				names = append(names, name)
			}
		}
	} else {
		names = walkTextFiles(t)
	}
	if len(names) < 10 {
		t.Fatalf("only %d files found under the module's root: the listing is broken", len(names))
	}
	return names
}

func walkTextFiles(t *testing.T) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && p != root && (d.Name() == ".git" || d.Name() == "bin") {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() {
			names = append(names, fromRoot(p))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// isBinary follows git: a file with a zero byte near its start is not text.
func isBinary(text []byte) bool {
	return bytes.IndexByte(text[:min(len(text), 8000)], 0) >= 0
}
