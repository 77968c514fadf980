package main

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"math"
	"math/bits"
	"math/rand/v2"

	"diffeo/data"
	"diffeo/fault"
	"diffeo/matrix"
)

// survey is what one pass over a table finds out that is not to be held in memory.
type survey struct {
	columns  []string // data, context, weights
	source   string
	part     func(row int) data.Part
	picked   [3]reservoir // by data.Part: what is held of it
	rows     [3]int       // by data.Part
	weighted bool
	weight   float64 // Σ of the training rows'
	extremes extremes
	digest   hash.Hash // of all rows; nil: not needed
	bytes    []byte
}

// add takes a row of the table, with its number from 0.
func (s *survey) add(row []float64, number int) error {
	p := s.part(number)
	if s.weighted {
		w := row[len(row)-1]
		if !(w >= 0) || math.IsInf(w, 0) {
			return badWeight(s.source, number, s.columns[len(row)-1], w)
		}
		if p == data.Training {
			s.weight += w
		}
	}
	s.rows[p]++
	s.picked[p].add(row, number)
	if p == data.Training {
		s.extremes.add(row, number)
	}
	if s.digest != nil {
		s.bytes = s.bytes[:0]
		for _, x := range row {
			s.bytes = binary.LittleEndian.AppendUint64(s.bytes, math.Float64bits(x))
		}
		s.digest.Write(s.bytes)
	}
	return nil
}

// badWeight is the error of a weight that is none, in a row from 0.
func badWeight(source string, row int, column string, w float64) error {
	return fmt.Errorf("%w: %s: row %d, column %q: %v is no weight; weights are finite and not negative", fault.ErrData, source, row+1, column, w)
}

// fingerprint is that of the rows and of what the order depends on beside them.
func (s *survey) fingerprint(window int) string {
	if s.digest == nil {
		return ""
	}
	h := sha256.New()
	h.Write(fmt.Appendln(nil, "streamed", s.columns, s.rows, window))
	h.Write(s.digest.Sum(nil))
	return fmt.Sprintf("%x", h.Sum(nil))
}

// table is rows with their numbers as a part.
func (s *survey) table(values []float64) (data.Table, error) {
	m, err := matrix.Of(values, len(s.columns))
	return data.Table{Columns: s.columns, Values: m, Source: s.source}, err
}

// reservoir holds so many rows of those that it is given, every one with the same probability (Vitter's algorithm R, 1985).
type reservoir struct {
	most   int
	random *rand.PCG
	seen   int
	values []float64
	rows   []int
}

func (r *reservoir) add(row []float64, number int) {
	r.seen++
	if len(r.rows) < r.most {
		r.values, r.rows = append(r.values, row...), append(r.rows, number)
		return
	}
	// rand.IntN is not fixed for good; this is. Its bias is seen/2⁶⁴.
	if at, _ := bits.Mul64(r.random.Uint64(), uint64(r.seen)); at < uint64(r.most) {
		copy(r.values[int(at)*len(row):], row)
		r.rows[at] = number
	}
}

// extremes keeps, of every column, the row of the least and the greatest number and the first row whose number is not on the column's grid. What
// preprocessing has no place for is among them, if there is any.
type extremes struct {
	grids  map[int]data.Step // of columns that are dequantized by the command line; the whole numbers for the others
	values []float64
	rows   []int // −1: none yet
}

func (e *extremes) add(row []float64, number int) {
	n := len(row)
	if e.rows == nil {
		e.values, e.rows = make([]float64, 3*n*n), make([]int, 3*n)
		for i := range e.rows {
			e.rows[i] = -1
		}
	}
	for j, x := range row {
		low, high, broken := 3*j, 3*j+1, 3*j+2
		if e.rows[low] < 0 || x < e.values[low*n+j] {
			e.keep(low, row, number)
		}
		if e.rows[high] < 0 || x > e.values[high*n+j] {
			e.keep(high, row, number)
		}
		if e.rows[broken] < 0 && !e.onGrid(j, x) {
			e.keep(broken, row, number)
		}
	}
}

func (e *extremes) onGrid(column int, x float64) bool {
	grid, ok := e.grids[column]
	if !ok {
		return x == math.Trunc(x)
	}
	_, _, ok = grid.Apply(x, 0.5)
	return ok
}

func (e *extremes) keep(at int, row []float64, number int) {
	copy(e.values[at*len(row):], row)
	e.rows[at] = number
}

// found are the rows that there are.
func (e *extremes) found() (values []float64, rows []int) {
	n := len(e.rows) / 3
	for i, r := range e.rows {
		if r >= 0 {
			values, rows = append(values, e.values[i*n:(i+1)*n]...), append(rows, r)
		}
	}
	return values, rows
}
