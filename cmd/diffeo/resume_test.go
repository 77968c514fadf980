//go:build unix

package main

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asProcess is the command as a process of its own.
func asProcess(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program, args...)
	c.Env, c.Dir = append(os.Environ(), asCommand+"=1"), dir
	return c
}

// A fit that is killed at random moments, with no chance to clean up, and started again each time, ends with the model file of one that was left
// alone, byte for byte. Each start goes on from the latest checkpoint: what is lost are the steps since.
func TestResumeAfterKill(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "rows.csv"), []byte(exampleTable()), 0o600); err != nil {
		t.Fatal(err)
	}
	args := func(more ...string) []string {
		return append([]string{"fit", "rows.csv", "--steps", "1500", "--transforms", "3", "--hidden", "48,48", "--validate-every", "30",
			"--patience", "-1", "--decay", "0.1", "--warmup", "40", "--average", "0.99", "--threads", "1"}, more...)
	}
	start := time.Now()
	if out, err := asProcess(t, dir, args("--out", "alone.safetensors")...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	took := time.Since(start)
	seed := rand.Uint64()
	t.Logf("seed %d, the uninterrupted fit took %s", seed, took)
	rng := rand.New(rand.NewPCG(seed, 0))
	resuming := args("--out", "killed.safetensors", "--checkpoint", "state", "--checkpoint-every", "20", "--resume")
	kills, resumed := 0, 0
	for done := false; !done; {
		var stderr bytes.Buffer
		c := asProcess(t, dir, resuming...)
		c.Stderr = &stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- c.Wait() }()
		var alarm <-chan time.Time
		if kills < 10 {
			alarm = time.After(time.Duration(rng.Float64() * float64(took) / 3))
		}
		select {
		case <-alarm:
			_ = c.Process.Signal(syscall.SIGKILL) // it may have ended just now
			err := <-ended
			if e, ok := errors.AsType[*exec.ExitError](err); ok && e.Sys().(syscall.WaitStatus).Signaled() {
				kills++
			} else if err != nil {
				t.Fatalf("%v\n%s", err, &stderr)
			} else {
				done = true
			}
		case err := <-ended:
			if err != nil {
				t.Fatalf("after %d kills: %v\n%s", kills, err, &stderr)
			}
			done = true
		}
		if strings.Contains(stderr.String(), "resumed from the checkpoint after step") {
			resumed++
		}
	}
	t.Logf("%d kills, %d times resumed", kills, resumed)
	if kills < 3 || resumed == 0 {
		t.Errorf("%d kills and %d resumed fits prove little", kills, resumed)
	}
	same(t, filepath.Join(dir, "alone.safetensors"), filepath.Join(dir, "killed.safetensors"))
	if _, err := os.Stat(filepath.Join(dir, "state")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the checkpoint is still there (%v)", err)
	}
}

func same(t *testing.T, a, b string) {
	t.Helper()
	x, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := os.ReadFile(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(x, y) {
		t.Errorf("%s and %s differ", filepath.Base(a), filepath.Base(b))
	}
}

// Two processes that write one model file at once both succeed, and what stays is one of the two, whole.
func TestTwoProcessesOneOutput(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "rows.csv"), []byte(exampleTable()), 0o600); err != nil {
		t.Fatal(err)
	}
	fit := func(seed, out string) *exec.Cmd {
		return asProcess(t, dir, "fit", "rows.csv", "--steps", "5", "--transforms", "1", "--hidden", "8", "--seed", seed, "--out", out)
	}
	var both []*exec.Cmd
	for _, seed := range []string{"1", "2"} {
		if out, err := fit(seed, seed+".safetensors").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		c := fit(seed, "m.safetensors")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		both = append(both, c)
	}
	for _, c := range both {
		if err := c.Wait(); err != nil {
			t.Error(err)
		}
	}
	if out, err := asProcess(t, dir, "info", "m.safetensors").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	var files [3]string
	for i, name := range []string{"m", "1", "2"} {
		b, err := os.ReadFile(filepath.Join(dir, name+".safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		files[i] = string(b)
	}
	if !slices.Contains(files[1:], files[0]) {
		t.Error("the file is none of the two")
	}
	noTemporary(t, dir)
}

// A disk that is full when a model, a checkpoint or a table is written (a limit on the size of files acts in the same place) is reported with the file's name,
// and the file that was there survives.
func TestDiskFull(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh to limit the size of files with")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "rows.csv"), []byte(exampleTable()), 0o600); err != nil {
		t.Fatal(err)
	}
	args := func(more ...string) []string {
		return append([]string{"fit", "rows.csv", "--steps", "20", "--transforms", "2", "--hidden", "64,64"}, more...)
	}
	if out, err := asProcess(t, dir, args("--out", "m.safetensors")...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, test := range map[string]struct {
		args []string
		old  string // the file that has to survive
		text string
	}{
		"model":      {args("--out", "m.safetensors", "--seed", "1"), "m.safetensors", "writing m.safetensors: "},
		"checkpoint": {args("--out", "m.safetensors", "--checkpoint", "state", "--checkpoint-every", "10"), "m.safetensors", "the checkpoint after step 10 could not be written"},
		"scores":     {[]string{"score", "m.safetensors", "rows.csv", "--out", "old.csv"}, "old.csv", "writing old.csv: "},
		"draws":      {[]string{"sample", "m.safetensors", "-n", "5000", "--out", "old.parquet"}, "old.parquet", "writing old.parquet: "},
	} {
		path := filepath.Join(dir, test.old)
		before, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			before = []byte("old")
			err = os.WriteFile(path, before, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		whole := asProcess(t, dir, test.args...)
		limited := exec.CommandContext(t.Context(), shell, append([]string{"-c", `ulimit -f 8; exec "$@"`, "sh", whole.Path}, whole.Args[1:]...)...)
		limited.Env, limited.Dir = whole.Env, dir
		out, err := limited.CombinedOutput()
		if e, ok := errors.AsType[*exec.ExitError](err); !ok || e.ExitCode() != statusFailure || !strings.Contains(string(out), test.text) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		after, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s: the old file did not survive (%v)", name, err)
		}
		noTemporary(t, dir)
	}
}

func noTemporary(t *testing.T, dir string) {
	t.Helper()
	if left, err := filepath.Glob(filepath.Join(dir, ".*.tmp")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q (%v)", left, err)
	}
}
