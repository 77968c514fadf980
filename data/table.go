package data

import (
	"fmt"

	"diffeo/fault"
	"diffeo/matrix"
)

// Table is a table in memory: Values has one column for each name, and every value is finite where the table was read
// by this package.
type Table struct {
	Columns []string
	Values  matrix.Matrix[float64]
	Source  string // the file, for messages
}

// Select returns a table of the named columns, in the order given. The values are copied. Errors are those of Match.
func (t Table) Select(columns []string) (Table, error) {
	at, err := Match(t.source(), t.Columns, columns)
	if err != nil {
		return Table{}, err
	}
	out := Table{Columns: append([]string{}, columns...), Values: matrix.New[float64](t.Values.Rows, len(columns)), Source: t.Source}
	for r := range t.Values.Rows {
		from, to := t.Values.Row(r), out.Values.Row(r)
		for i, k := range at {
			to[i] = from[k]
		}
	}
	return out, nil
}

// Rows returns a table of the rows with the given indices, counted from 0, in the order given; a row may occur more
// than once. The values are copied. An index that is no row is an error wrapping fault.ErrShape.
func (t Table) Rows(index []int) (Table, error) {
	out := Table{Columns: t.Columns, Values: matrix.New[float64](len(index), t.Values.Cols), Source: t.Source}
	for i, r := range index {
		if r < 0 || r >= t.Values.Rows {
			return Table{}, fmt.Errorf("%w: %s has %d rows, index %d is none of them", fault.ErrShape, t.source(), t.Values.Rows, r)
		}
		copy(out.Values.Row(i), t.Values.Row(r))
	}
	return out, nil
}

func (t Table) source() string {
	if t.Source == "" {
		return "table"
	}
	return t.Source
}
