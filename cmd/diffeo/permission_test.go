//go:build unix

package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// nobody is the account that a test which runs as root gives its commands: root may write and read everything.
const nobody = 65534

// Without the right to write, or to read, a command fails before its work, says which file it is about, and changes nothing.
func TestNoPermission(t *testing.T) {
	dir, program := openFolder(t)
	command := func(args ...string) *exec.Cmd {
		c := exec.CommandContext(t.Context(), program, args...)
		c.Env, c.Dir = append(os.Environ(), asCommand+"=1"), dir
		if os.Geteuid() == 0 {
			c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		}
		return c
	}
	put := func(name, text string, mode os.FileMode) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
	}
	put("rows.csv", exampleTable(), 0o644)
	put("secret.csv", exampleTable(), 0)
	small := []string{"fit", "rows.csv", "--steps", "2", "--transforms", "1", "--hidden", "4"}
	model := filepath.Join(dir, "m.safetensors")
	if out, err := asProcess(t, dir, append(small, "--out", "m.safetensors")...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	put("secret.safetensors", "", 0)
	before, err := os.ReadFile(model)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(model, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o755)
	long := []string{"fit", "rows.csv", "--steps", "100000000", "--patience", "-1"}
	for name, test := range map[string]struct {
		args []string
		text string
	}{
		"model":            {append(long, "--out", "new.safetensors"), "new.safetensors cannot be written: permission denied"},
		"old model":        {append(long, "--out", "m.safetensors"), "m.safetensors cannot be written: permission denied"},
		"checkpoint":       {append(long, "--checkpoint", "state"), "state cannot be written: permission denied"},
		"scores":           {[]string{"score", "m.safetensors", "rows.csv", "--out", "s.csv"}, "s.csv cannot be written: permission denied"},
		"draws":            {[]string{"sample", "m.safetensors", "-n", "5", "--out", "d.npy"}, "d.npy cannot be written: permission denied"},
		"unreadable table": {[]string{"fit", "secret.csv", "--steps", "2"}, "secret.csv: permission to read the file is denied"},
		"unreadable rows":  {[]string{"score", "m.safetensors", "secret.csv"}, "secret.csv: permission to read the file is denied"},
		"unreadable model": {[]string{"info", "secret.safetensors"}, "secret.safetensors: permission denied"},
	} {
		out, err := command(test.args...).CombinedOutput()
		if e, ok := errors.AsType[*exec.ExitError](err); !ok || e.ExitCode() != statusFailure || !strings.Contains(string(out), test.text) {
			t.Errorf("%s: %v\n%s\nwant %s", name, err, out, test.text)
		}
	}
	if after, err := os.ReadFile(model); err != nil || string(after) != string(before) {
		t.Errorf("the old model did not survive (%v)", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 4 {
		t.Errorf("%v (%v)", entries, err)
	}
}

// openFolder is a folder that every account can get at, and beside it the test's program.
func openFolder(t *testing.T) (dir, program string) {
	t.Helper()
	top, err := os.MkdirTemp("", "permission")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(top); err != nil {
			t.Error(err)
		}
	})
	dir, program = filepath.Join(top, "work"), filepath.Join(top, "diffeo")
	if err := errors.Join(os.Chmod(top, 0o755), os.Mkdir(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	from, err := os.Open(own)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.OpenFile(program, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(to, from)
	if err := errors.Join(err, to.Close(), os.Chmod(program, 0o755)); err != nil {
		t.Fatal(err)
	}
	return dir, program
}
