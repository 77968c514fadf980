package data

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/matrix"
)

// readSet reads a set that must be sound.
func readSet(t testing.TB, path string, o ImageOptions) Images {
	t.Helper()
	m, err := ReadImages(context.Background(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// refused asserts that a set cannot be read, and that the message has these parts.
func refused(t testing.TB, path string, o ImageOptions, parts ...string) {
	t.Helper()
	_, err := ReadImages(context.Background(), path, o)
	if err == nil {
		t.Fatalf("%s was read", path)
	}
	if !errors.Is(err, fault.ErrData) {
		t.Errorf("%v does not wrap ErrData", err)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("%q does not say %q", err, p)
		}
	}
}

func numbered8(n int) []uint8 {
	b := make([]uint8, n)
	for i := range b {
		b[i] = uint8(i*37 + i/256)
	}
	return b
}

func TestImagesSelectAndJoin(t *testing.T) {
	m := Images{ImageFormat: ImageFormat{1, 2, 2}, Pixels: numbered8(12), Classes: []int{4, 5, 6}, ClassNames: numberNames(7), Source: "a"}
	s, err := m.Select([]int{2, 0, 2})
	if err != nil || s.Rows() != 3 || !slices.Equal(s.Row(1), m.Row(0)) || !slices.Equal(s.Classes, []int{6, 4, 6}) {
		t.Errorf("%v, %v", s, err)
	}
	if _, err := m.Select([]int{3}); !errors.Is(err, fault.ErrShape) {
		t.Error(err)
	}
	j, err := JoinImages(m, s)
	if err != nil || j.Rows() != 6 || !slices.Equal(j.Row(3), m.Row(2)) || !slices.Equal(j.Classes, []int{4, 5, 6, 6, 4, 6}) {
		t.Errorf("%v, %v", j, err)
	}
	if j.Pixels[0]++; m.Pixels[0] == j.Pixels[0] {
		t.Error("joining shares memory with the first set")
	}
	for _, other := range []Images{
		{ImageFormat: ImageFormat{1, 4, 1}, Pixels: numbered8(4), ClassNames: numberNames(7), Classes: []int{1}},
		{ImageFormat: m.ImageFormat, Pixels: numbered8(4)},
		{ImageFormat: m.ImageFormat, Pixels: numbered8(4), ClassNames: numberNames(7), Classes: []int{1}, Paths: []string{"x"}},
	} {
		if _, err := JoinImages(m, other); !errors.Is(err, fault.ErrData) {
			t.Error(err)
		}
	}
	x := PixelMatrix[float32](m)
	if err := x.Check(); err != nil || x.Rows != 3 || x.Cols != 4 || x.Row(2)[3] != float32(m.Row(2)[3]) {
		t.Errorf("%v, %v", x, err)
	}
}

// A mirrored picture mirrored again is itself; half of the pictures of a pass are, and which is a function of seed, pass and row.
func TestFlips(t *testing.T) {
	f := ImageFormat{2, 2, 3}
	row := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
	Mirror(f, row)
	if want := []int{2, 1, 0, 5, 4, 3, 8, 7, 6, 11, 10, 9}; !slices.Equal(row, want) {
		t.Errorf("%v, want %v", row, want)
	}
	const n = 4000
	order := make([]int, n)
	for i := range order {
		order[i] = n - 1 - i
	}
	flipped := func(seed uint64, pass int, rows []int) map[int]bool {
		x := matrix.New[float32](len(rows), 2)
		for i := range rows {
			x.Row(i)[0] = 1
		}
		if err := Flips[float32](ImageFormat{1, 1, 2}, seed)(pass, rows, x); err != nil {
			t.Fatal(err)
		}
		got := map[int]bool{}
		for i, r := range rows {
			got[r] = x.Row(i)[1] == 1
		}
		return got
	}
	all := flipped(3, 1, order)
	for r := range flipped(3, 1, order[100:200]) {
		if flipped(3, 1, []int{r})[r] != all[r] {
			t.Errorf("whether row %d is flipped depends on the rows beside it", r)
		}
	}
	for name, other := range map[string]map[int]bool{"": all, "another pass": flipped(3, 2, order), "another seed": flipped(4, 1, order)} {
		count, same := 0, 0
		for r, yes := range other {
			if yes {
				count++
			}
			if yes == all[r] {
				same++
			}
		}
		if count < n/2-200 || count > n/2+200 { // 6 standard deviations
			t.Errorf("%s: %d of %d are flipped", name, count, n)
		}
		if name != "" && (same < n/2-200 || same > n/2+200) {
			t.Errorf("%s flips like the first in %d of %d", name, same, n)
		}
	}
}

func TestImageOptions(t *testing.T) {
	for _, o := range []ImageOptions{{Format: "idx"}, {Layout: "hwc"}, {Height: 3}, {Height: -1, Width: -1}, {Height: maxSide + 1, Width: 1}} {
		if _, err := OpenImages("nowhere", o); !errors.Is(err, fault.ErrConfig) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	refused(t, "nowhere", ImageOptions{}, "nowhere: there is no such file")
	refused(t, file(t, "empty", ""), ImageOptions{}, "the file is empty")
	refused(t, file(t, "text", "hello, world"), ImageOptions{}, "text: this is no set of pictures")
	refused(t, file(t, "a.npz", "PK\x03\x04........"), ImageOptions{}, "archive")
}

// Keep and Parts divide a set; batches have the size asked for; what a pass counts is told.
func TestImageBatches(t *testing.T) {
	path := file(t, "a", idx(8, []int{10, 1, 2}, numbered8(20)))
	var report ImageReport
	r, err := OpenImages(path, ImageOptions{Keep: func(row int) bool { return row%3 != 1 }, Report: &report})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for range 2 { // a set can be gone through again
		var sizes []int
		var got []uint8
		for b, err := range r.Batches(context.Background(), 3) {
			if err != nil {
				t.Fatal(err)
			}
			sizes, got = append(sizes, b.Rows()), append(got, b.Pixels...)
		}
		var want []uint8
		for _, row := range []int{0, 2, 3, 5, 6, 8, 9} {
			want = append(want, numbered8(20)[2*row:2*row+2]...)
		}
		if fmt.Sprint(sizes) != "[3 3 1]" || !slices.Equal(got, want) || report.Rows != 7 {
			t.Errorf("%v, %v, %+v; want %v", sizes, got, report, want)
		}
	}
	refused(t, path, ImageOptions{Keep: func(int) bool { return false }}, "no picture is left")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := ReadImages(ctx, path, ImageOptions{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
