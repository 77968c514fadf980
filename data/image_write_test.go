package data

import (
	"bytes"
	"errors"
	"image/color"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/matrix"
)

// What is written is read again, grey and in colours.
func TestWriteImages(t *testing.T) {
	for _, f := range []ImageFormat{{1, 2, 4}, {3, 4, 2}} {
		m := Images{ImageFormat: f}
		for i := range 2 * f.Size() {
			m.Pixels = append(m.Pixels, uint8(7*i))
		}
		var b bytes.Buffer
		twice := func(yield func(Images, error) bool) {
			for range 2 {
				if !yield(m, nil) {
					return
				}
			}
		}
		if err := WriteImages(&b, f, 4, twice); err != nil {
			t.Fatal(err)
		}
		if got := readSet(t, file(t, "m.npy", b.String()), ImageOptions{}); got.ImageFormat != f || !slices.Equal(got.Pixels, slices.Concat(m.Pixels, m.Pixels)) {
			t.Errorf("%v: %v of %v", f, got.Pixels, got.ImageFormat)
		}
		for say, err := range map[string]error{
			"4 pictures in an array of 3": WriteImages(io.Discard, f, 3, twice),
			"in an array of [1,9,9]":      WriteImages(io.Discard, ImageFormat{1, 9, 9}, 4, twice),
		} {
			if !errors.Is(err, fault.ErrShape) || !strings.Contains(err.Error(), say) {
				t.Errorf("%v does not say %q", err, say)
			}
		}
	}
}

// Numbers that are no pixels become the nearest ones below, within 0 … 255.
func TestImagesOf(t *testing.T) {
	x, err := matrix.Of([]float64{-3, 0.99, 255.9, 1e9, math.NaN(), math.Inf(-1)}, 6)
	if err != nil {
		t.Fatal(err)
	}
	if m := ImagesOf(ImageFormat{1, 2, 3}, x); !slices.Equal(m.Pixels, []uint8{0, 0, 255, 255, 0, 0}) {
		t.Errorf("%v", m.Pixels)
	}
}

// Pictures lie where they should, with black between them.
func TestGrid(t *testing.T) {
	grid := Images{ImageFormat: ImageFormat{1, 1, 2}, Pixels: []uint8{1, 2, 3, 4, 5, 6}}.Grid(2, 1)
	if size := grid.Bounds().Size(); size.X != 7 || size.Y != 5 {
		t.Fatalf("%v", size)
	}
	for at, want := range map[[2]int]uint8{{1, 1}: 1, {2, 1}: 2, {3, 1}: 0, {4, 1}: 3, {5, 1}: 4, {1, 3}: 5, {2, 3}: 6, {4, 3}: 0} {
		if got := grid.At(at[0], at[1]); got != (color.Gray{Y: want}) {
			t.Errorf("%v is %v, want %d", at, got, want)
		}
	}
	colours := Images{ImageFormat: ImageFormat{3, 1, 2}, Pixels: []uint8{1, 2, 3, 4, 5, 6}}.Grid(1, 0)
	if got := colours.At(1, 0); got != (color.RGBA{R: 2, G: 4, B: 6, A: 255}) {
		t.Errorf("%v", got)
	}
}

// Noise stays within the cell, and is that of the row and value.
func TestDequantizePixels(t *testing.T) {
	m := Images{ImageFormat: ImageFormat{1, 1, 3}, Pixels: []uint8{0, 9, 255, 4, 5, 6}}
	x := matrix.New[float64](2, 3)
	DequantizePixels(m, []int{1, 0}, func(row, col int) float64 { return float64(row+1)/4 + float64(col)/10 }, x)
	if want := []float64{4.25, 5.35, 6.45, 0.5, 9.6, 255.7}; !slices.EqualFunc(x.Data, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }) {
		t.Errorf("%v, want %v", x.Data, want)
	}
}
