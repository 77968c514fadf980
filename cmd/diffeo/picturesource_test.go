package main

import (
	"math"
	"slices"
	"testing"

	"diffeo/data"
	"diffeo/matrix"
)

// Each pass deals every picture out once, in another order and with other noise within its cell; a batch is a function of its number alone, and classes come along.
func TestPictureSource(t *testing.T) {
	set := data.Images{ImageFormat: data.ImageFormat{Channels: 1, Height: 1, Width: 2}}
	classes := make([]int, 20)
	for i := range classes {
		classes[i] = i % 3
		set.Pixels = append(set.Pixels, uint8(i), uint8(200+i))
	}
	rows := []int{1, 2, 3, 5, 8, 13, 4, 6, 7, 19, 0, 11}
	for _, flips := range []bool{false, true} {
		s := &pictureSource{set: set, rows: rows, classes: classes, seed: 4, flips: flips}
		const size = 4
		batch := func(n int) (x, cond matrix.Matrix[float32]) {
			x, cond = matrix.New[float32](size, 2), matrix.New[float32](size, 3)
			if err := s.Batch(t.Context(), n, x, cond, nil); err != nil {
				t.Fatal(err)
			}
			return x, cond
		}
		var passes [2][]int
		noise, mirrored := map[float32]bool{}, 0
		for n := range 6 {
			x, cond := batch(n)
			for i := range size {
				low, high := min(x.Row(i)[0], x.Row(i)[1]), max(x.Row(i)[0], x.Row(i)[1])
				if x.Row(i)[0] > x.Row(i)[1] {
					mirrored++
				}
				r := int(low)
				passes[n/3] = append(passes[n/3], r)
				if int(high) != 200+r || cond.Row(i)[r%3] != 1 || cond.Row(i)[(r+1)%3] != 0 {
					t.Fatalf("batch %d: %v under %v", n, x.Row(i), cond.Row(i))
				}
				noise[float32(math.Round(1e4*float64(low-float32(r))))] = true
			}
		}
		sorted := slices.Sorted(slices.Values(rows))
		if !slices.Equal(slices.Sorted(slices.Values(passes[0])), sorted) || !slices.Equal(slices.Sorted(slices.Values(passes[1])), sorted) || slices.Equal(passes[0], passes[1]) {
			t.Errorf("passes of %v, %v", passes[0], passes[1])
		}
		if len(noise) < 20 {
			t.Errorf("%d different numbers of noise for 24 pictures", len(noise))
		}
		if flips != (mirrored > 0) || mirrored == 24 {
			t.Errorf("flips %t: %d of 24 pictures are mirrored", flips, mirrored)
		}
		last, _ := batch(5)
		first, _ := batch(0)
		again, _ := batch(5)
		if !slices.Equal(last.Data, again.Data) || slices.Equal(first.Data, last.Data) {
			t.Errorf("batch 5 is %v and later %v", last.Data, again.Data)
		}
	}
}
