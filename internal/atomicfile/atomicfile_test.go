package atomicfile

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// alone fails unless the folder holds just these files: no temporary file may stay.
func alone(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("folder holds %q, want %q", got, want)
	}
}

func content(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s holds %q (%v), want %q", filepath.Base(path), got, err, want)
	}
}

func put(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

func TestWriteReplacesWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.txt")
	for _, s := range []string{"first, longer", "second"} {
		if err := Write(path, put(s)); err != nil {
			t.Fatal(err)
		}
		content(t, path, s)
	}
	alone(t, dir, "a.txt")
}

func TestFailureKeepsOldFile(t *testing.T) {
	broken := errors.New("broken")
	for _, old := range []bool{false, true} {
		dir := t.TempDir()
		path := filepath.Join(dir, "a.txt")
		var want []string
		if old {
			want = []string{"a.txt"}
			if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		err := Write(path, func(w io.Writer) error {
			return errors.Join(put("half")(w), broken)
		})
		if !errors.Is(err, broken) {
			t.Errorf("error is %v, want the writer's own", err)
		}
		alone(t, dir, want...)

		func() {
			defer func() {
				if err, ok := recover().(error); !ok || !errors.Is(err, broken) {
					t.Error("the panic did not pass through")
				}
			}()
			err := Write(path, func(w io.Writer) error { panic(errors.Join(put("boom")(w), broken)) })
			t.Errorf("Write returned %v", err)
		}()
		alone(t, dir, want...)
		if old {
			content(t, path, "old")
		}
	}
}

func TestAbortAfterCommitDoesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.txt")
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("....body")); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("head"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the target exists before Commit (%v)", err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	f.Abort()
	content(t, path, "headbody")
	if err := f.Commit(); err == nil {
		t.Error("a second Commit succeeded")
	}
	alone(t, dir, "a.txt")
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ name, path, want string }{
		{"folder", dir, "is a folder"},
		{"no folder", filepath.Join(dir, "none", "a.txt"), "make the folder first"},
		{"device", os.DevNull, "not a regular file"},
		{"empty", "", "without a name"},
	} {
		err := Write(c.path, put("x"))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
	alone(t, dir)
}

func TestKeepsMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(path, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, put("x")); err != nil {
		t.Fatal(err)
	}
	if s, _ := os.Stat(path); s.Mode().Perm() != 0o640 {
		t.Errorf("mode is %o, want 640", s.Mode().Perm())
	}
}

func TestNewFileHasDefaultMode(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "plain"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := Write(filepath.Join(dir, "a.txt"), put("x")); err != nil {
		t.Fatal(err)
	}
	want, _ := os.Stat(filepath.Join(dir, "plain"))
	got, _ := os.Stat(filepath.Join(dir, "a.txt"))
	if got.Mode() != want.Mode() {
		t.Errorf("mode is %s, os.WriteFile gives %s", got.Mode(), want.Mode())
	}
}

func TestLinkIsFollowed(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "a.txt"), filepath.Join(dir, "link")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a.txt", link); err != nil {
		t.Fatal(err)
	}
	if err := Write(link, put("new")); err != nil {
		t.Fatal(err)
	}
	content(t, path, "new")
	if to, err := os.Readlink(link); err != nil || to != "a.txt" {
		t.Errorf("the link became %q (%v)", to, err)
	}
}

func TestReadOnlyFolder(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write into read-only folders: the refusal cannot be provoked")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o755)
	if err := Write(filepath.Join(dir, "a.txt"), put("x")); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("error is %v, want permission denied", err)
	}
}

// Whoever commits last wins, and what stays is whole: never a mixture of two writers.
func TestConcurrentWriters(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.txt")
	var wg sync.WaitGroup
	for _, letter := range []string{"a", "b"} {
		wg.Go(func() {
			for range 20 {
				if err := Write(path, func(w io.Writer) error {
					for range 50 {
						if err := put(strings.Repeat(letter, 100))(w); err != nil {
							return err
						}
					}
					return nil
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got, err := os.ReadFile(path)
	if err != nil || len(got) != 5000 || bytes.Count(got, got[:1]) != 5000 {
		t.Errorf("%d bytes (%v), %d of them %q: want 5000 of one letter", len(got), err, bytes.Count(got, got[:1]), got[:1])
	}
	alone(t, dir, "a.txt")
}
