package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const referenceHead = `# The command line

All commands, with their help and options. This page is written from the commands themselves by ` + "`make docs`" + `; a test fails when
it is not current. [guide.md](guide.md) shows them at work.
`

// docs/cli.md is what the commands say of themselves.
func TestReferenceIsCurrent(t *testing.T) {
	path, want := document(t, "docs", "cli.md"), reference()
	if *update {
		writeDocument(t, path, want)
		return
	}
	is := strings.Split(readDocument(t, path), "\n")
	for i, line := range strings.Split(want, "\n") {
		if i >= len(is) || is[i] != line {
			has := "(its end)"
			if i < len(is) {
				has = is[i]
			}
			t.Fatalf("docs/cli.md is not current: run make docs\nline %d has   %s\nthe commands %s", i+1, has, line)
		}
	}
	if n := strings.Count(want, "\n") + 1; len(is) != n {
		t.Fatalf("docs/cli.md is not current: run make docs\nit has %d lines, the commands give %d", len(is), n)
	}
}

// The reference is the same on every machine: neither the number of processors nor the environment is in it.
func TestReferenceIsOfNoMachine(t *testing.T) {
	want := reference()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(7))
	t.Setenv("GOMAXPROCS", "7")
	t.Setenv("HOME", t.TempDir())
	t.Setenv("PGHOST", "elsewhere.example")
	t.Setenv("PGUSER", "somebody")
	t.Setenv("TMPDIR", t.TempDir())
	t.Chdir(t.TempDir())
	if reference() != want {
		t.Error("the reference of the command line depends on the machine")
	}
	for _, path := range []string{os.Getenv("HOME"), os.TempDir()} {
		if strings.Contains(want, path) {
			t.Errorf("the reference names %s", path)
		}
	}
}

// Every command that can be seen has its section, and every option its row.
func TestReferenceIsComplete(t *testing.T) {
	text := reference()
	var missing func(c *cobra.Command)
	missing = func(c *cobra.Command) {
		_, section, found := strings.Cut(text, "\n## "+c.CommandPath()+"\n")
		if c.HasParent() && !found {
			t.Errorf("no section for %s", c.CommandPath())
		}
		section, _, _ = strings.Cut(section, "\n## ")
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !strings.Contains(section, "`--"+f.Name) && f.Name != "help" && !f.Hidden {
				t.Errorf("%s: no row for --%s", c.CommandPath(), f.Name)
			}
			if f.Usage == "" {
				t.Errorf("%s --%s has no text", c.CommandPath(), f.Name)
			}
		})
		for _, sub := range c.Commands() {
			if !sub.Hidden {
				missing(sub)
			}
		}
	}
	missing(newRoot(&environment{stdout: io.Discard, stderr: io.Discard}))
}

// reference is the text of docs/cli.md.
func reference() string {
	root := newRoot(&environment{stdout: io.Discard, stderr: io.Discard})
	var b strings.Builder
	b.WriteString(referenceHead)
	fmt.Fprintf(&b, "\n```text\n%s\n```\n\n| command | |\n|---|---|\n", strings.TrimSpace(root.Long))
	for _, c := range visible(root) {
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s |\n", c.CommandPath(), strings.ReplaceAll(c.CommandPath(), " ", "-"), cell(c.Short))
	}
	b.WriteString("\nEvery command takes `--help`.\n")
	for _, c := range visible(root) {
		referTo(&b, c)
	}
	return b.String()
}

// visible are the commands below one, at any depth.
func visible(c *cobra.Command) (list []*cobra.Command) {
	for _, sub := range c.Commands() {
		if !sub.Hidden {
			list = append(append(list, sub), visible(sub)...)
		}
	}
	return list
}

// referTo writes the section of a command: usage, help, options.
func referTo(b *strings.Builder, c *cobra.Command) {
	help := c.Long
	if help == "" {
		help = c.Short
	}
	fmt.Fprintf(b, "\n## %s\n\n```text\n%s\n\n%s\n```\n", c.CommandPath(), c.UseLine(), strings.TrimSpace(help))
	head := "\n| option | default | |\n|---|---|---|\n"
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		b.WriteString(head)
		head = ""
		kind, text := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		switch {
		case f.Shorthand == f.Name:
			name = "-" + f.Name + "`, `" + name
		case f.Shorthand != "":
			name = "-" + f.Shorthand + "`, `" + name
		}
		if kind != "" {
			name += " " + kind
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", name, defaultOf(f), cell(text))
	})
}

// defaultOf is an option's default, where the option's own text does not give it.
func defaultOf(f *pflag.Flag) string {
	if len(f.Annotations[cobra.BashCompOneRequiredFlag]) > 0 {
		return "required"
	}
	value := f.DefValue
	if strings.HasPrefix(value, "[") {
		value = strings.Trim(value, "[]")
	}
	switch value {
	case "", "false", "0s":
		return ""
	}
	if strings.Contains(f.Usage, "(default:") {
		return ""
	}
	return "`" + value + "`"
}

// cell is text for a cell of a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ", "*", `\*`).Replace(text)
}
