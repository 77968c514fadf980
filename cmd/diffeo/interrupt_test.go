//go:build unix

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A signal ends each command soon, with status 1 and a message, and leaves neither its file nor a temporary one.
func TestInterrupt(t *testing.T) {
	dir := t.TempDir()
	table, model := filepath.Join(dir, "rows.csv"), filepath.Join(dir, "m.safetensors")
	if err := os.WriteFile(table, []byte(exampleTable()), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, status := interrupt(t, nil, "", "fit", table, "--steps", "2", "--out", model); status != 0 {
		t.Fatalf("status %d: %s", status, text)
	}
	for name, test := range map[string]struct {
		args []string
		out  string // that must not be there
		at   string // the line of stderr after which the signal is sent; "": when the temporary file is there
		text string
	}{
		"fit": {[]string{"fit", table, "--steps", "100000000", "--patience", "-1", "--validate-every", "5", "--out", filepath.Join(dir, "new.safetensors")},
			"new.safetensors", "step 5/", "was not written"},
		"sample": {[]string{"sample", model, "-n", "1000000000", "--out", filepath.Join(dir, "drawn.csv")}, "drawn.csv", "", "interrupted"},
	} {
		t.Run(name, func(t *testing.T) {
			text, status := interrupt(t, func() bool {
				found, _ := filepath.Glob(filepath.Join(dir, "."+test.out+"*.tmp"))
				return len(found) > 0
			}, test.at, test.args...)
			if status != 1 || !strings.Contains(text, "interrupted") || !strings.Contains(text, test.text) {
				t.Errorf("status %d: %s", status, text)
			}
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if e.Name() == test.out || strings.HasSuffix(e.Name(), ".tmp") {
					t.Errorf("%s was left behind", e.Name())
				}
			}
		})
	}
}

// interrupt runs the command and sends it SIGINT when stderr shows the text, or else when ready says so; never if both are missing.
func interrupt(t *testing.T, ready func() bool, at string, args ...string) (stderr string, status int) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program, args...)
	c.Env = append(os.Environ(), asCommand+"=1")
	pipe, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if at != "" {
		for lines := bufio.NewScanner(pipe); lines.Scan(); {
			fmt.Fprintln(&text, lines.Text())
			if strings.Contains(lines.Text(), at) {
				if err := c.Process.Signal(syscall.SIGINT); err != nil {
					t.Error(err)
				}
				at = "no further line"
			}
		}
	} else if ready != nil {
		for !ready() {
			time.Sleep(time.Millisecond)
		}
		if err := c.Process.Signal(syscall.SIGINT); err != nil {
			t.Error(err)
		}
	}
	if _, err := io.Copy(&text, pipe); err != nil {
		t.Error(err)
	}
	_ = c.Wait() // the status is looked at
	return text.String(), c.ProcessState.ExitCode()
}
