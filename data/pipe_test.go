//go:build unix

package data

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"diffeo/fault"
)

// A pipe is read once, in either format, and says so when it is asked to begin again.
func TestPipe(t *testing.T) {
	for name, text := range map[string]string{
		"csv":  "a,b\n1,2\n3,4\n",
		"gzip": packed(t, "a,b\n1,2\n3,4\n"),
		"npy":  npyText(npyDict("<f4", false, 2, 2), elements("<f4", 1, 2, 3, 4)),
	} {
		path := filepath.Join(t.TempDir(), "pipe")
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- os.WriteFile(path, []byte(text), 0) }()
		r, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		got, err := readAll(r, path, 0)
		if err != nil || !slices.Equal(got.Values.Data, []float64{1, 2, 3, 4}) {
			t.Errorf("%s: %v (%v)", name, got.Values.Data, err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if _, err := readAll(r, path, 0); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), "only once") {
			t.Errorf("%s: the second pass gives %v", name, err)
		}
	}
}
