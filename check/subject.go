package check

import (
	"context"
	"math/rand/v2"
	"slices"

	"diffeo"
	"diffeo/data"
	"diffeo/matrix"
	"diffeo/model"
)

// subject is a model under check: compiled in its own precision and in float64, with points to check it at.
type subject struct {
	ctx     context.Context
	o       Options
	model   *model.Model
	units   units
	density *model.Density
	own     runner // in the model's precision
	exact   runner // in float64
	random  *rand.Rand

	table Rows   // as given
	z, c  rows64 // the table in the flow's units, rounded to the model's precision; rows that are not finite are left out
	kept  []int  // the row of the table that each was

	ranks *Ranks // once they were asked for
	draws rows64 // see drawn and pooled

	tailList []Tail // once tails were looked at

	latent bool // starts are near pictures
}

// Streams of random numbers, apart from each other.
const (
	streamBase = iota
	streamRows
	streamKernels
	streamPilot
	streamDraws
	streamPIT
	streamRanks
	streamClassifier
	streamEnergy
	streamCrops
)

// noiseStream is that of dequantization, apart from those of training.
const noiseStream = 0x636b

func newSubject(ctx context.Context, m *model.Model, rows Rows, o Options) (*subject, error) {
	s := &subject{ctx: ctx, o: o, model: m, units: unitsOf(m), table: rows, random: rand.New(rand.NewPCG(o.Seed, 0x636865636b))}
	if err := rows.check(len(m.Columns), len(m.Context)); err != nil {
		return nil, err
	}
	run := diffeo.Options{Threads: o.Threads}
	var err error
	if s.density, err = model.Compile(m, run); err != nil {
		return nil, err
	}
	if s.own, err = newRunner(m, m.Precision, run); err != nil {
		return nil, err
	}
	if s.exact, err = newRunner(m, model.Float64, run); err != nil {
		return nil, err
	}
	return s, s.encodeTable()
}

// encodeTable brings the table to the flow's units.
func (s *subject) encodeTable() error {
	if s.table.X.Rows == 0 {
		return nil
	}
	// In a cell of a dequantized column the flow's density is spread: u is uniform there for a random place, not for the middle; where the noise was learned it
	// is that which says the place.
	noise, err := s.density.Noise(s.ctx, s.o.Seed, noiseStream, s.table.X, s.table.Cond)
	if err != nil {
		return err
	}
	z, err := encode(s.units.columns, s.table.X, noise)
	if err != nil {
		return err
	}
	c, err := encode(s.units.context, s.table.Cond, data.SeededNoise(s.o.Seed, noiseStream+1, 0, nil))
	if err != nil {
		return err
	}
	s.own.round(z)
	s.own.round(c)
	for r := range z.Rows {
		if finite(z.Row(r)) && (c.Rows == 0 || finite(c.Row(r))) {
			s.kept = append(s.kept, r)
		}
	}
	s.z, s.c = pick(z, s.kept), pick(c, s.kept)
	return nil
}

func finite(x []float64) bool {
	return !slices.ContainsFunc(x, func(v float64) bool { return v-v != 0 })
}

// pick copies the rows with these numbers; none where there are none to choose from.
func pick(m rows64, rows []int) rows64 {
	if m.Rows == 0 {
		return rows64{}
	}
	to := matrix.New[float64](len(rows), m.Cols)
	for i, r := range rows {
		copy(to.Row(i), m.Row(r))
	}
	return to
}

// points are n rows at most in the flow's units, with their conditions: rows of the table, chosen at random, or else draws from the model.
func (s *subject) points(n int) (z, c rows64, err error) {
	if s.z.Rows > 0 {
		rows := s.random.Perm(s.z.Rows)[:min(n, s.z.Rows)]
		return pick(s.z, rows), pick(s.c, rows), nil
	}
	z = matrix.New[float64](n, len(s.model.Columns))
	err = s.own.draw(s.ctx, diffeo.Draw{Seed: s.o.Seed + streamRows}, rows64{}, z)
	return z, rows64{}, err
}

// basePoints are n draws from the base, with conditions of the table's rows in turn.
func (s *subject) basePoints(n int, stream uint64) (u, c rows64, err error) {
	if s.c.Rows > 0 {
		rows := make([]int, n)
		for i := range rows {
			rows[i] = i % s.c.Rows
		}
		c = pick(s.c, rows)
	}
	u = matrix.New[float64](n, len(s.model.Columns))
	err = s.own.drawBase(s.ctx, diffeo.Draw{Seed: s.o.Seed + stream}, c, u)
	return u, c, err
}

// starts are at most n points of the base that maps are checked from, with their conditions: draws, or of a model of pictures points near them.
func (s *subject) starts(n int) (u, c rows64, err error) {
	if s.latent {
		return s.nearPictures(n)
	}
	return s.basePoints(n, streamBase)
}

// checkable tells whether there are points to check maps at; a conditional model without a row that can be computed with has none.
func (s *subject) checkable() bool { return len(s.model.Context) == 0 || s.c.Rows > 0 }
