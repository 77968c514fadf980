package lint

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The diffs that CONTRIBUTING.md shows are of files that still hold those lines, with as many lines as it says.
func TestContributingShowsWhatIsThere(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	head := regexp.MustCompile(`^\+\+\+ b/(\S+)(?: \((\d+) lines\))?$`)
	shown := 0
	for _, block := range strings.Split(string(text), "```diff\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		var name string
		var has map[string]bool
		for _, line := range strings.Split(strings.TrimSuffix(block, "\n"), "\n") {
			if m := head.FindStringSubmatch(line); m != nil {
				name, has = m[1], map[string]bool{}
				file, err := os.ReadFile(filepath.Join(root, name))
				if err != nil {
					t.Fatal(err)
				}
				lines := strings.Split(strings.TrimSuffix(string(file), "\n"), "\n")
				for _, l := range lines {
					has[l] = true
				}
				if n := strconv.Itoa(len(lines)); m[2] != "" && m[2] != n {
					t.Errorf("%s has %s lines and is said to have %s", name, n, m[2])
				}
				continue
			}
			if shown++; !has[strings.TrimPrefix(line, "+")] {
				t.Errorf("CONTRIBUTING.md shows a line that %s does not have: %s", name, line)
			}
		}
	}
	if shown < 10 {
		t.Errorf("%d lines of diffs found", shown)
	}
}
