package data

import (
	"fmt"
	"slices"

	"diffeo/fault"
	"diffeo/matrix"
)

// ImageFormat is the size of the pictures of a set. Channels is 1 for grey and 3 for red, green and blue.
type ImageFormat struct{ Channels, Height, Width int }

// Size is the number of a picture's values, Channels·Height·Width.
func (f ImageFormat) Size() int { return f.Channels * f.Height * f.Width }

// String writes a format as a graph's shape is written: [C,H,W].
func (f ImageFormat) String() string { return fmt.Sprintf("[%d,%d,%d]", f.Channels, f.Height, f.Width) }

// Images are pictures of one format in memory, a row each. Values are planar: that of channel c at line y, column x of row r is
// Pixels[r·Size + (c·Height + y)·Width + x], from 0 to 255.
type Images struct {
	ImageFormat
	Pixels     []uint8
	Classes    []int    // of each row; nil: the set has none
	ClassNames []string // the name of every class that the set may have, by its number
	Paths      []string // the file of each row; nil where the set is one file
	Source     string   // the file or folder, for messages
}

// Rows is the number of pictures.
func (m Images) Rows() int {
	if m.Size() == 0 {
		return 0
	}
	return len(m.Pixels) / m.Size()
}

// Row is a view on the values of a picture.
func (m Images) Row(r int) []uint8 {
	n := m.Size()
	return m.Pixels[r*n : (r+1)*n : (r+1)*n]
}

// Select returns the pictures with the given indices, from 0, in the order given; one may occur more than once. The values are copied.
// With Split it divides a set into parts. An index that is no row is fault.ErrShape.
func (m Images) Select(index []int) (Images, error) {
	out := m
	out.Pixels = make([]uint8, 0, len(index)*m.Size())
	out.Classes, out.Paths = nil, nil
	for _, r := range index {
		if r < 0 || r >= m.Rows() {
			return Images{}, fmt.Errorf("%w: %s has %d pictures, index %d is none of them", fault.ErrShape, m.source(), m.Rows(), r)
		}
		out.Pixels = append(out.Pixels, m.Row(r)...)
		if m.Classes != nil {
			out.Classes = append(out.Classes, m.Classes[r])
		}
		if m.Paths != nil {
			out.Paths = append(out.Paths, m.Paths[r])
		}
	}
	return out, nil
}

// JoinImages puts sets of one format behind each other, as the five training files of CIFAR-10. Sets whose formats or class names differ are
// fault.ErrData; so are sets with and without classes.
func JoinImages(sets ...Images) (Images, error) {
	if len(sets) == 0 {
		return Images{}, fmt.Errorf("%w: no sets of pictures to join", fault.ErrConfig)
	}
	out := sets[0]
	out.Pixels, out.Classes, out.Paths = slices.Clone(out.Pixels), slices.Clone(out.Classes), slices.Clone(out.Paths)
	for _, s := range sets[1:] {
		switch {
		case s.ImageFormat != out.ImageFormat:
			return Images{}, problemf(s.source(), "its pictures are %v and those of %s %v; resize one of the sets", s.ImageFormat, out.source(), out.ImageFormat)
		case !slices.Equal(s.ClassNames, out.ClassNames):
			return Images{}, problemf(s.source(), "it has the classes %s and %s has %s; sets that are joined have the same",
				listed(s.ClassNames), out.source(), listed(out.ClassNames))
		case (s.Paths == nil) != (out.Paths == nil):
			return Images{}, problemf(s.source(), "one of this and %s is a folder and the other a file; join sets of one kind", out.source())
		}
		out.Pixels = append(out.Pixels, s.Pixels...)
		out.Classes = append(out.Classes, s.Classes...)
		out.Paths = append(out.Paths, s.Paths...)
	}
	return out, nil
}

// PixelMatrix copies the values, 0 to 255, to the rows of a matrix.
func PixelMatrix[T matrix.Float](m Images) matrix.Matrix[T] {
	out := matrix.Matrix[T]{Data: make([]T, len(m.Pixels)), Rows: m.Rows(), Cols: m.Size(), Stride: m.Size()}
	for i, v := range m.Pixels {
		out.Data[i] = T(v)
	}
	return out
}

func (m Images) source() string {
	if m.Source == "" {
		return "the set"
	}
	return m.Source
}
