// Package matrix holds the batch type that every public call of Diffeo takes and returns.
package matrix

import (
	"fmt"

	"diffeo/fault"
)

// Float is a number type that programs compute in.
type Float interface{ float32 | float64 }

// Matrix is a row-major batch: element (r, c) is Data[r*Stride+c]. One row is one data point.
// The zero value is an empty matrix. A Matrix does not own its data: slices of larger tables are free.
type Matrix[T Float] struct {
	Data   []T
	Rows   int
	Cols   int
	Stride int // distance between rows in elements; at least Cols
}

// New returns a zeroed matrix of rows × cols with Stride = cols.
func New[T Float](rows, cols int) Matrix[T] {
	return Matrix[T]{Data: make([]T, rows*cols), Rows: rows, Cols: cols, Stride: cols}
}

// Of views data as a matrix with cols columns; len(data) must be a multiple of cols.
func Of[T Float](data []T, cols int) (Matrix[T], error) {
	if cols <= 0 || len(data)%cols != 0 {
		return Matrix[T]{}, fmt.Errorf("%w: %d numbers do not fill rows of %d columns", fault.ErrShape, len(data), cols)
	}
	return Matrix[T]{Data: data, Rows: len(data) / cols, Cols: cols, Stride: cols}, nil
}

// Row returns row r as a slice into the data.
func (m Matrix[T]) Row(r int) []T { return m.Data[r*m.Stride : r*m.Stride+m.Cols : r*m.Stride+m.Cols] }

// Slice returns rows from ≤ r < to as a view.
func (m Matrix[T]) Slice(from, to int) Matrix[T] {
	if from == to {
		return Matrix[T]{Cols: m.Cols, Stride: m.Stride}
	}
	return Matrix[T]{Data: m.Data[from*m.Stride : (to-1)*m.Stride+m.Cols], Rows: to - from, Cols: m.Cols, Stride: m.Stride}
}

// Check reports as an error a matrix whose fields contradict each other.
func (m Matrix[T]) Check() error {
	switch {
	case m.Rows < 0 || m.Cols < 0 || m.Stride < m.Cols:
		return fmt.Errorf("%w: matrix with %d rows, %d columns, stride %d", fault.ErrShape, m.Rows, m.Cols, m.Stride)
	case m.Rows > 0 && !m.holds():
		return fmt.Errorf("%w: matrix of %d×%d (stride %d) needs (rows−1)·stride + columns elements, has %d",
			fault.ErrShape, m.Rows, m.Cols, m.Stride, len(m.Data))
	}
	return nil
}

// holds reports whether the data reach to the last element. It divides, because a product of the sizes may be no int.
func (m Matrix[T]) holds() bool {
	rest := len(m.Data) - m.Cols
	return rest >= 0 && (m.Stride == 0 || m.Rows-1 <= rest/m.Stride)
}
