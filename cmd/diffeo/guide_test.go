package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// The commands of docs/guide.md run, in its order and in one folder, and print lines of the kinds that the guide shows. Here every fit is
// short; with -update (make guide) they run as the guide has them, and what they print replaces what it shows.
func TestGuide(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the guide's commands are for a Unix shell: not run on Windows")
	}
	path := document(t, "docs", "guide.md")
	text, table := readDocument(t, path), readDocument(t, document(t, "examples", "galaxies", "galaxies.csv"))
	t.Chdir(t.TempDir())
	folder := filepath.Join("examples", "galaxies")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "galaxies.csv"), []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	steps := 0
	text = transcripts.ReplaceAllStringFunc(text, func(block string) string {
		list := commandsOf(t, transcripts.FindStringSubmatch(block)[1])
		for i := range list {
			steps++
			list[i].run(t, *update)
		}
		var b strings.Builder
		b.WriteString("```console\n")
		for _, c := range list {
			fmt.Fprintf(&b, "$ %s\n%s", strings.ReplaceAll(c.line, "\n", "\n> "), c.printed)
		}
		return b.String() + "```\n"
	})
	if steps < 15 {
		t.Errorf("the guide has %d commands only; are its blocks still called console?", steps)
	}
	if *update && !t.Failed() {
		writeDocument(t, path, text)
	}
}

// The guide's blocks are transcripts, which TestGuide runs, or commands of the installation, which must exist. Its links lead somewhere.
func TestGuideBlocksAndLinks(t *testing.T) {
	text := readDocument(t, document(t, "docs", "guide.md"))
	makefile := readDocument(t, document(t, "Makefile"))
	rest := transcripts.ReplaceAllString(text, "")
	for _, block := range fenced.FindAllStringSubmatch(rest, -1) {
		if block[1] != "sh" {
			t.Errorf("a block %q is neither console nor sh, so nobody runs it:\n%s", block[1], block[2])
			continue
		}
		for line := range strings.Lines(block[2]) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), " #")
			target, isMake := strings.CutPrefix(line, "make ")
			known := slices.Contains([]string{"go install ./cmd/diffeo", `export PATH="$PWD/bin:$PATH"`}, line)
			if !known && !(isMake && strings.Contains(makefile, "\n"+strings.TrimSpace(target)+":")) {
				t.Errorf("the guide tells to run %q, which no test knows", line)
			}
		}
	}
	for _, document := range []string{"guide.md", "cli.md", filepath.Join("..", "README.md")} {
		base := filepath.Join("..", "..", "docs", document)
		prose := fenced.ReplaceAllString(readDocument(t, base), "")
		for _, link := range regexp.MustCompile(`\]\(([^)#:]+)[^):]*\)`).FindAllStringSubmatch(prose, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(base), link[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", document, link[1])
			}
		}
	}
}

var (
	fenced       = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```\n")
	transcripts  = regexp.MustCompile("(?ms)^```console\n(.*?)^```\n")
	progressed   = regexp.MustCompile(`(?m)^step \d+/.*\n`)
	verdicts     = regexp.MustCompile(`^(pass|warn|fail|inconclusive)\b`)
	beginsNumber = regexp.MustCompile(`^[-−+]?[0-9]`)
)

// guideCommand is a command of the guide, and what it printed there; lines of progress are left out.
type guideCommand struct{ line, printed string }

func commandsOf(t *testing.T, block string) (list []guideCommand) {
	t.Helper()
	for line := range strings.Lines(block) {
		n := len(list)
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			list = append(list, guideCommand{line: strings.TrimSpace(command)})
		} else if more, ok := strings.CutPrefix(line, "> "); ok && n > 0 && list[n-1].printed == "" {
			list[n-1].line += "\n" + strings.TrimRight(more, " \n")
		} else if n == 0 {
			t.Fatalf("a console block of the guide begins with output: %s", line)
		} else {
			list[n-1].printed += line
		}
	}
	return list
}

// run runs the command. As the guide has it, what it prints is kept; else it is compared with what the guide shows, by the kinds of lines.
func (c *guideCommand) run(t *testing.T, asIs bool) {
	t.Helper()
	words := strings.Fields(strings.ReplaceAll(c.line, "\\\n", " "))
	if words[0] != "diffeo" {
		out, err := exec.CommandContext(t.Context(), "sh", "-c", c.line).CombinedOutput()
		c.finish(t, asIs, string(out), err == nil)
		return
	}
	if strings.ContainsAny(c.line, `'"$><|&;*`) {
		t.Fatalf("%s: a diffeo command of the guide has no quotes, redirections or variables: they would not be understood here", c.line)
	}
	if words[1] == "fit" && !asIs {
		if at := slices.Index(words, "--time-limit"); at > 0 {
			words[at+1] = "1ns" // so that it has an effect
		}
		words = append(words, "--steps", "20")
	}
	var out strings.Builder
	status := Main(context.WithoutCancel(t.Context()), words[1:], nil, &out, &out)
	if words[1] == "check" && !asIs && status == statusFailure && strings.Contains(out.String(), " fails: ") {
		// A fit so short deserves it.
		text := out.String()
		c.finish(t, asIs, text[:strings.LastIndex(text, "diffeo: ")], true)
		return
	}
	c.finish(t, asIs, progressed.ReplaceAllString(out.String(), ""), status == 0)
}

func (c *guideCommand) finish(t *testing.T, asIs bool, out string, ok bool) {
	t.Helper()
	if shown := strings.Contains(c.printed, "diffeo: "); ok == shown {
		t.Fatalf("%s: success is %v, and the guide shows otherwise:\n%s", c.line, ok, out)
	}
	if asIs {
		c.printed = out
		return
	}
	if got, want := kinds(out), kinds(c.printed); !slices.Equal(got, want) {
		t.Errorf("%s prints other lines than docs/guide.md shows; run make guide and read the guide again\nprints %q\nshows  %q\n%s", c.line, got, want, out)
	}
}

// kinds are what lines begin with: a word, or # for a number. Verdicts are left out, and which check is asked comes next.
func kinds(text string) (list []string) {
	for line := range strings.Lines(text) {
		rest := verdicts.ReplaceAllString(strings.TrimSpace(line), "")
		kind := ""
		if words := strings.Fields(rest); len(words) > 0 {
			kind = words[0]
		}
		if beginsNumber.MatchString(kind) {
			kind = "#"
		}
		list = append(list, kind)
	}
	return list
}
