package matrix

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"diffeo/fault"
)

func TestOf(t *testing.T) {
	data := []float64{1, 2, 3, 4, 5, 6}
	m, err := Of(data, 3)
	if err != nil {
		t.Fatal(err)
	}
	if m.Rows != 2 || m.Cols != 3 || m.Stride != 3 || m.Row(1)[0] != 4 {
		t.Errorf("%+v", m)
	}
	m.Row(1)[2] = 7
	if data[5] != 7 {
		t.Error("Of copies; it should be a view")
	}
	if m, err := Of([]float32(nil), 4); err != nil || m.Rows != 0 || m.Cols != 4 || m.Check() != nil {
		t.Errorf("no numbers are no rows: %+v, %v", m, err)
	}
	for _, cols := range []int{0, -1, 4, 5, 7} {
		if _, err := Of(data, cols); !errors.Is(err, fault.ErrShape) {
			t.Errorf("6 numbers in %d columns: %v", cols, err)
		}
	}
}

func TestNew(t *testing.T) {
	m := New[float32](3, 2)
	if err := m.Check(); err != nil || len(m.Data) != 6 || m.Stride != 2 {
		t.Errorf("%+v, %v", m, err)
	}
	if err := New[float32](0, 5).Check(); err != nil {
		t.Error(err)
	}
	if err := New[float64](5, 0).Check(); err != nil {
		t.Error(err)
	}
}

// A row is part of the data, but appending to it does not write into the row after it.
func TestRowIsAClosedView(t *testing.T) {
	m := Matrix[float64]{Data: []float64{1, 2, 0, 3, 4}, Rows: 2, Cols: 2, Stride: 3}
	r := append(m.Row(0), 9)
	if m.Data[2] != 0 || len(r) != 3 {
		t.Errorf("appending to a row changed the data to %v", m.Data)
	}
	m.Row(0)[1] = 8
	if m.Data[1] != 8 {
		t.Error("a row is a copy")
	}
	if last := m.Row(1); last[0] != 3 || last[1] != 4 {
		t.Errorf("the last row, which is not padded, is %v", last)
	}
}

// Row r of a slice is row from+r of the matrix, the same memory; a slice is a valid matrix, the empty ones too.
func TestSlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, cols := rapid.IntRange(0, 6).Draw(t, "rows"), rapid.IntRange(0, 4).Draw(t, "cols")
		stride := cols + rapid.IntRange(0, 3).Draw(t, "padding")
		m := Matrix[float32]{Data: make([]float32, max(0, (rows-1)*stride+cols)), Rows: rows, Cols: cols, Stride: stride}
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
		from := rapid.IntRange(0, rows).Draw(t, "from")
		s := m.Slice(from, rapid.IntRange(from, rows).Draw(t, "to"))
		if err := s.Check(); err != nil || s.Cols != cols || s.Stride != stride {
			t.Fatalf("%+v of %+v: %v", s, m, err)
		}
		for r := range s.Rows {
			for c := range cols {
				s.Row(r)[c]++
				if m.Row(from + r)[c] != 1 {
					t.Fatalf("element %d, %d of the slice from %d is not that of the matrix", r, c, from)
				}
			}
		}
		sum := float32(0)
		for _, x := range m.Data {
			sum += x
		}
		if sum != float32(s.Rows*cols) {
			t.Fatalf("%d×%d numbers were written, the data changed by %g", s.Rows, cols, sum)
		}
	})
}

func TestCheck(t *testing.T) {
	data := make([]float64, 8)
	for _, c := range []struct {
		m   Matrix[float64]
		say string // "": it is good
	}{
		{Matrix[float64]{}, ""},
		{Matrix[float64]{Data: data, Rows: 2, Cols: 3, Stride: 5}, ""},          // the last row is not padded
		{Matrix[float64]{Data: data, Rows: 2, Cols: 3, Stride: 3}, ""},          // more data than are needed
		{Matrix[float64]{Rows: 3}, ""},                                          // rows of nothing
		{Matrix[float64]{Data: data[:7], Rows: 2, Cols: 3, Stride: 5}, "has 7"}, // one short
		{Matrix[float64]{Data: data, Rows: 2, Cols: 3, Stride: 2}, "stride 2"},  // rows overlap
		{Matrix[float64]{Data: data, Rows: 2, Cols: 3}, "stride 0"},
		{Matrix[float64]{Data: data, Rows: -1, Cols: 3, Stride: 3}, "-1 rows"},
		{Matrix[float64]{Data: data, Rows: 1, Cols: -3, Stride: 3}, "-3 columns"},
		{Matrix[float64]{Rows: 1, Cols: 1, Stride: 1}, "has 0"},
	} {
		err := c.m.Check()
		if c.say == "" && err != nil || c.say != "" && (!errors.Is(err, fault.ErrShape) || !strings.Contains(err.Error(), c.say)) {
			t.Errorf("%d×%d, stride %d, %d numbers: %v, want %q", c.m.Rows, c.m.Cols, c.m.Stride, len(c.m.Data), err, c.say)
		}
	}
}

// Sizes whose product is no int are an error too, and no panic later.
func TestCheckOfHugeSizes(t *testing.T) {
	for _, m := range []Matrix[float32]{
		{Rows: math.MaxInt, Cols: math.MaxInt, Stride: math.MaxInt},
		{Data: make([]float32, 4), Rows: math.MaxInt/2 + 2, Cols: 2, Stride: 2},
		{Data: make([]float32, 4), Rows: 3, Cols: 2, Stride: math.MaxInt/2 + 2},
	} {
		if err := m.Check(); !errors.Is(err, fault.ErrShape) {
			t.Errorf("%d×%d, stride %d, %d numbers pass: %v", m.Rows, m.Cols, m.Stride, len(m.Data), err)
		}
	}
}
