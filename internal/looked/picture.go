package looked

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// Committed pictures are small: 300 pixels for 800. They may differ by so much: of 255 on average, and in a share of the pixels that differ visibly.
const (
	Scale    = 0.375
	mostMean = 0.2
	mostOff  = 5e-4
	visible  = 60
)

// At compares a picture, which draw writes as PNG with so many pixels for each of its own, with a committed file; a picture without one fails. With update the file is written instead. Fonts come
// with the program, so that little may differ between machines.
func At(t *testing.T, path string, draw func(w io.Writer, scale float64) error, update bool) {
	t.Helper()
	var b bytes.Buffer
	if err := draw(&b, Scale); err != nil {
		t.Fatal(err)
	}
	if update {
		write(t, path, b.Bytes())
		return
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; %s", err, again)
	}
	want, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	got, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	if err := Differ(want, got); err != nil {
		t.Errorf("%s: %v; %s", path, err, again)
	}
}

// again says what to do about a difference.
const again = "look at what is made now, and run go test with -update if it is right"

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o750), os.WriteFile(path, b, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// Differ says by how much two pictures differ, if it is more than machines may.
func Differ(want, got image.Image) error {
	if want.Bounds() != got.Bounds() {
		return fmt.Errorf("the picture is %v, and was %v", got.Bounds(), want.Bounds())
	}
	mean, off := difference(want, got)
	if mean > mostMean || off > mostOff {
		return fmt.Errorf("the picture differs by %.3g of 255 on average, %.3g %% of it visibly", mean, 100*off)
	}
	return nil
}

// difference is the mean difference of two pictures' colours, of 255, and the share of pixels that differ visibly.
func difference(a, b image.Image) (mean, off float64) {
	n := float64(a.Bounds().Dx() * a.Bounds().Dy())
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			r, g, bl, _ := a.At(x, y).RGBA()
			r2, g2, bl2, _ := b.At(x, y).RGBA()
			d := (math.Abs(float64(r)-float64(r2)) + math.Abs(float64(g)-float64(g2)) + math.Abs(float64(bl)-float64(bl2))) / 3 / 257
			mean += d / n
			if d > visible {
				off += 1 / n
			}
		}
	}
	return mean, off
}
