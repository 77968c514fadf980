package data

import (
	"iter"

	"diffeo/matrix"
)

// Reader reads the table again, batch by batch, where a Reader is asked for. Its batches are the table's own memory.
func (t Table) Reader() Reader { return tableReader{t} }

type tableReader struct{ table Table }

func (r tableReader) Columns() []string { return r.table.Columns }

func (r tableReader) Batches(rows int) iter.Seq2[matrix.Matrix[float64], error] {
	if rows <= 0 {
		rows = DefaultBatch
	}
	return func(yield func(matrix.Matrix[float64], error) bool) {
		n := r.table.Values.Rows
		if n == 0 {
			yield(matrix.Matrix[float64]{}, problemf(r.table.source(), "there are no rows"))
			return
		}
		for from := 0; from < n; from += rows {
			if !yield(r.table.Values.Slice(from, min(from+rows, n)), nil) {
				return
			}
		}
	}
}

func (tableReader) Close() error { return nil }
