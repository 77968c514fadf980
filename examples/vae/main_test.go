package main

import (
	"encoding/binary"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A short run on made-up digits writes a whole report and pictures of the right size; bad counts are refused.
func TestRun(t *testing.T) {
	shared, out := t.TempDir(), t.TempDir()
	folder := filepath.Join(shared, "data", "mnist")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	b := []byte{0, 0, 8, 3}
	for _, n := range []uint32{200, 28, 28} {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	for i := range 200 * 28 * 28 {
		b = append(b, byte(i*i/97))
	}
	if err := os.WriteFile(filepath.Join(folder, "train-images-idx3-ubyte.gz"), b, 0o644); err != nil { // content decides: it is not packed
		t.Fatal(err)
	}
	report := filepath.Join(out, "vae.md")
	args := []string{"-shared", shared, "-steps", "3", "-train", "150", "-test", "40", "-draws", "2", "-seeds", "2"}
	if err := run(t.Context(), append(args, "-out", report, "-pictures", filepath.Join(out, "img")), os.Stdout); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	for line, times := range map[string]int{"\n| Gaussian | 1 | -": 1, "\n| Gaussian | 2 | -": 1, "\n| IAF | 1 | ": 2, "\n| IAF | 2 | ": 2, "img/vae/iaf.png": 1} {
		if n := strings.Count(string(text), line); n != times {
			t.Errorf("the report has %q %d times, want %d:\n%s", line, n, times, text)
		}
	}
	if strings.Contains(string(text), "%!") || strings.Contains(string(text), "NaN") {
		t.Errorf("%s", text)
	}
	for name, lines := range map[string]int{"reconstructions": 1 + len(posteriors), "gaussian": 6, "iaf": 6} {
		f, err := os.Open(filepath.Join(out, "img", name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(f)
		f.Close()
		if err != nil || m.Bounds().Dx() != across*58+2 || m.Bounds().Dy() != lines*58+2 {
			t.Errorf("%s: %v, %v", name, m.Bounds(), err)
		}
	}
	for _, bad := range []string{"-steps=0", "-test=1", "-train=190"} {
		if err := run(t.Context(), append(args, bad), os.Stdout); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}
