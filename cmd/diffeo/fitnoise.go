package main

import (
	"errors"

	"diffeo/data"
	"diffeo/matrix"
	"diffeo/model"
)

// freshNoise gives the dequantized columns of training rows other noise in every pass: it is a function of the seed, the file, the row and the pass.
type freshNoise struct {
	part
	seed    uint64
	columns []int          // those that are dequantized, by their places
	list    []model.Column // the same
	numbers data.Table     // of these columns

	from  matrix.Matrix[float64] // a batch
	to    matrix.Matrix[float32]
	place []int // of its rows in the file
}

// newFreshNoise is the noise of a model's training rows; nil where no column is dequantized. It is an error if a cell does not lie in the domain
// of the column's further steps, whatever the noise.
func newFreshNoise(m *model.Model, p part) (*freshNoise, error) {
	n := &freshNoise{part: p, seed: m.Seed}
	n.columns, _ = model.Preprocessing(m.Columns).Cells()
	if len(n.columns) == 0 {
		return nil, nil
	}
	for _, k := range n.columns {
		n.list = append(n.list, m.Columns[k])
	}
	var err error
	if n.numbers, err = p.data.Select(model.Names(n.list)); err != nil {
		return nil, err
	}
	n.to = matrix.New[float32](n.numbers.Values.Rows, len(n.list))
	for _, end := range []float64{0x1p-24, 1 - 0x1p-24} { // the steps are monotone: what holds at both ends of a cell holds in between
		err := data.Transform(model.Preprocessing(n.list), n.numbers.Values, func(_, _ int) float64 { return end }, n.to, nil)
		if err != nil {
			return nil, p.located(err, model.Names(n.list))
		}
	}
	n.to = matrix.Matrix[float32]{}
	return n, nil
}

// fresh is train.Data's.
func (n *freshNoise) fresh(pass int, rows []int, x matrix.Matrix[float32]) error {
	if n.from.Rows != len(rows) {
		n.from, n.to, n.place = matrix.New[float64](len(rows), len(n.list)), matrix.New[float32](len(rows), len(n.list)), make([]int, len(rows))
	}
	for i, r := range rows {
		copy(n.from.Row(i), n.numbers.Values.Row(r))
		if n.place[i] = r; n.rows != nil {
			n.place[i] = n.rows[r]
		}
	}
	noise := data.SeededNoise(n.seed, n.file, pass, n.place)
	err := data.Transform(model.Preprocessing(n.list), n.from, func(row, col int) float64 { return noise(row, n.columns[col]) }, n.to, nil)
	if err != nil {
		if e, ok := errors.AsType[*data.TooFar](err); ok {
			e.Row = rows[e.Row]
		}
		return n.located(err, model.Names(n.list))
	}
	for i := range rows {
		for j, k := range n.columns {
			x.Row(i)[k] = n.to.Row(i)[j]
		}
	}
	return nil
}
