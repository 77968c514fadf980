package check

import (
	"context"
	"math/rand/v2"
	"slices"

	"diffeo"
	"diffeo/matrix"
	"diffeo/model"
)

// Ranks are the places of a table's rows among draws of a model under the same condition, as numbers from 0 to 1. Where the model is right
// each list is uniform.
type Ranks struct {
	Columns [][]float64 // for each column of the model the share of draws that lie below each row
	Regions []float64   // for each row the share of draws whose density is higher: the probability of the smallest region that holds the row
	Draws   int         // that each row was compared with; without context they are the same for all
}

// Draws that a row is ranked among: with a context each row has its own, and mostRanked rows are ranked at most.
const (
	ownDraws   = 99
	mostRanked = 2000
)

// RanksOf ranks the rows of a table among draws of a model. Among equal numbers a row's place is drawn. Rows that are too far out to be computed with are left
// out; of a table with a context 2000 rows are chosen at random by the seed, and each is ranked among 99 draws.
//
// Errors are those of Model.
func RanksOf(ctx context.Context, m *model.Model, rows Rows, o Options) (Ranks, error) {
	o, err := o.filled()
	if err != nil {
		return Ranks{}, err
	}
	s, err := newSubject(ctx, m, rows, o)
	if err != nil {
		return Ranks{}, err
	}
	return s.ranked()
}

// ranked makes the ranks, once.
func (s *subject) ranked() (Ranks, error) {
	if s.ranks != nil {
		return *s.ranks, nil
	}
	r := Ranks{Columns: make([][]float64, s.z.Cols)}
	if s.z.Rows > 0 {
		var err error
		if s.c.Rows > 0 {
			err = s.rankEach(&r)
		} else {
			err = s.rankAll(&r)
		}
		if err != nil {
			return Ranks{}, err
		}
	}
	s.ranks = &r
	return r, nil
}

// pooledDraws is the number of draws that n rows without a context are compared with.
func pooledDraws(n int) int { return max(1<<16, min(n, 1<<18)) }

// rankAll ranks all rows among the same draws.
func (s *subject) rankAll(r *Ranks) error {
	r.Draws = pooledDraws(s.z.Rows)
	draws, err := s.drawn(r.Draws)
	if err != nil {
		return err
	}
	random := s.stream()
	for j := range r.Columns {
		r.Columns[j] = ranksAmong(columnOf(s.z, j), columnOf(draws, j), random)
	}
	have, want := make([]float64, s.z.Rows), make([]float64, r.Draws)
	if err := s.own.logProb(s.ctx, s.z, s.c, have); err != nil {
		return err
	}
	if err := s.own.logProb(s.ctx, draws, rows64{}, want); err != nil {
		return err
	}
	r.Regions = ranksAmong(have, want, random)
	for i := range r.Regions {
		r.Regions[i] = 1 - r.Regions[i]
	}
	return nil
}

// drawn are draws of a model without context, in the flow's units: the same whenever they are asked for.
func (s *subject) drawn(n int) (rows64, error) {
	if s.draws.Rows != n {
		s.draws = matrix.New[float64](n, len(s.model.Columns))
		if err := s.own.draw(s.ctx, diffeo.Draw{Seed: s.seed(streamRanks)}, rows64{}, s.draws); err != nil {
			return rows64{}, err
		}
	}
	return s.draws, nil
}

// stream is the source of what splits ties, and of rows that are chosen to be ranked.
func (s *subject) stream() *rand.Rand { return rand.New(rand.NewPCG(s.o.Seed, streamRanks)) }

// seed is that of a stream of draws. Small seeds are those that people draw tables with, and a table of the same draws would not be a test.
func (s *subject) seed(stream uint64) uint64 { return s.o.Seed ^ (0x9e3779b97f4a7c15 * (stream + 1)) }

// ranksAmong are the places of numbers x among draws: (k + v·(ties + 1))/(n + 1) with k of n draws below, and v uniform. NaN counts as −∞. The draws are sorted.
func ranksAmong(x, draws []float64, random *rand.Rand) []float64 {
	slices.Sort(draws)
	out := make([]float64, len(x))
	for i, v := range x {
		if v != v {
			v = negInf
		}
		low, _ := slices.BinarySearch(draws, v)
		high := low
		for high < len(draws) && draws[high] == v {
			high++
		}
		out[i] = (float64(low) + random.Float64()*float64(high-low+1)) / float64(len(draws)+1)
	}
	return out
}

// rankEach ranks rows among draws under their own conditions, as Calibrate does.
func (s *subject) rankEach(r *Ranks) error {
	kept := s.kept
	if len(kept) > mostRanked {
		kept = nil
		for _, i := range s.stream().Perm(len(s.kept))[:mostRanked] {
			kept = append(kept, s.kept[i])
		}
	}
	p := &places{
		ctx: s.ctx, o: CalibrationOptions{Draws: ownDraws, Seed: s.seed(streamRanks)}, density: s.density, units: s.units,
		rows: Rows{X: pick(s.table.X, kept), Cond: pick(s.table.Cond, kept)}, random: s.stream(),
	}
	if err := p.measure(); err != nil {
		return err
	}
	r.Draws, r.Columns, r.Regions = ownDraws, p.ranks, p.denser
	return nil
}
