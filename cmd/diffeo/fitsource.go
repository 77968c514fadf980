package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"diffeo/data"
	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/model"
	"diffeo/train"
)

// rowStream gives training the rows of a table that stays on the disk. Batch n is rows n·b … n·b + b − 1 of a pass's order, b rows being a
// batch; what does not fill one is left out of that pass.
type rowStream struct {
	stream      data.Stream
	model       *model.Model
	name        string
	columns     []string // of the model, of its context, and of weights
	rows        int      // of a pass
	seed        uint64
	weighted    bool
	scale       float64 // brings weights to the mean 1
	fingerprint string

	wide   matrix.Matrix[float64] // the latest batch, as in the file
	epoch  int
	next   int // batch of the pass that comes next
	begun  bool
	latest int // batch; −1: none
	number []int
}

var _ train.Source[float32] = (*rowStream)(nil)

// streamedFile keeps the noise of training rows apart from that of the rows that are held in memory.
const streamedFile = 3

// About implements train.Source.
func (s *rowStream) About() train.About {
	return train.About{Rows: s.rows, Weighted: s.weighted, Fingerprint: func() string { return s.fingerprint }}
}

// Batch implements train.Source. One that is not the next one costs reading up to it from the beginning of its pass.
func (s *rowStream) Batch(ctx context.Context, n int, x, cond matrix.Matrix[float32], weights []float32) error {
	if n != s.latest || s.wide.Rows != x.Rows {
		if err := s.read(ctx, n, x.Rows); err != nil {
			return err
		}
	}
	for i := range s.number { // the same row has other noise in every pass
		s.number[i] = n*x.Rows + i
	}
	noise := data.SeededNoise(s.seed, streamedFile, 0, s.number)
	if s.model.Noise != nil {
		noise = noNoise
	}
	at := 0
	for _, side := range []struct {
		columns []model.Column
		to      matrix.Matrix[float32]
	}{{s.model.Columns, x}, {s.model.Context, cond}} {
		if len(side.columns) == 0 {
			continue
		}
		from := matrix.Matrix[float64]{Data: s.wide.Data[at:], Rows: s.wide.Rows, Cols: len(side.columns), Stride: s.wide.Stride}
		if err := data.Transform(model.Preprocessing(side.columns), from, noise, side.to, nil); err != nil {
			return s.located(err, at)
		}
		at += len(side.columns)
	}
	for i := range weights {
		weights[i] = float32(s.scale * s.wide.Row(i)[at])
	}
	return nil
}

// read gets batch n from the disk.
func (s *rowStream) read(ctx context.Context, n, rows int) error {
	if s.wide.Rows != rows {
		s.wide, s.number, s.begun = matrix.New[float64](rows, len(s.columns)), make([]int, rows), false
	}
	each := s.rows / rows
	epoch, at := n/each, n%each
	s.latest = -1
	if !s.begun || epoch != s.epoch || at < s.next {
		if err := s.stream.Rewind(uint64(epoch)); err != nil {
			return err
		}
		s.begun, s.epoch, s.next = true, epoch, 0
	}
	for ; s.next <= at; s.next++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		got, err := s.stream.Next(s.wide)
		if err == nil && got < rows {
			err = io.EOF
		}
		if err == io.EOF {
			err = fmt.Errorf("%w: %s ended after %d of %d rows: it has changed since the first pass over it; leave the file alone while it is trained on",
				fault.ErrData, s.name, s.next*rows+got, s.rows)
		}
		if err != nil {
			s.begun = false
			return err
		}
	}
	s.latest = n
	return nil
}

// located is the error of a number that cannot be computed with; from is the place of the first column that was looked at.
func (s *rowStream) located(err error, from int) error {
	e, ok := errors.AsType[*data.TooFar](err)
	if !ok {
		return err
	}
	k, _ := strconv.Atoi(e.Column)
	return fmt.Errorf("%w: %s, column %q: %s; correct the cell, or drop the row",
		fault.ErrData, s.Place(e.Row), s.columns[from+k], e.Problem("the training rows to compute with"))
}

// Place implements train.Source. The numbers of rows are lost in the shuffle; what is in them is not.
func (s *rowStream) Place(i int) string {
	const most = 4
	var cells []string
	for k, x := range s.wide.Row(i)[:min(most, len(s.columns))] {
		cells = append(cells, fmt.Sprintf("%s = %v", s.columns[k], x))
	}
	if len(s.columns) > most {
		cells = append(cells, "…")
	}
	return fmt.Sprintf("the row of %s with %s", s.name, strings.Join(cells, ", "))
}
