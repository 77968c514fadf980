package infer

import (
	"context"
	"fmt"
	"slices"

	"diffeo"
	"diffeo/data"
	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/model"
	"diffeo/train"
)

// RoundsConfig of Rounds. The zero value is a good choice.
type RoundsConfig struct {
	Posterior PosteriorConfig // of each round; Support is the simulator's
	Rounds    int             // 0: 5
	PerRound  int             // simulations of each; 0: 1000
	Left      float64         // share of the posterior's mass that truncation leaves out, above 0 and below 1; 0: 1e-4
	Draws     int             // of the posterior, by which the region is found; 0: 10000
	Most      int             // draws of the prior for one that is in the region, on average, before a round gives up; 0: 10000
}

// Round is what a round of Rounds did.
type Round struct {
	Kept      float64 // share of the prior's draws that were in the region; 1 in the first round
	Simulated int     // new simulations
	Rows      int     // simulations that were trained on: the new ones, and those of earlier rounds that are in the region
	Training  train.Result
}

func (c RoundsConfig) filled() (RoundsConfig, error) {
	for _, f := range []struct {
		name string
		to   *int
		zero int
	}{{"Rounds", &c.Rounds, 5}, {"PerRound", &c.PerRound, 1000}, {"Draws", &c.Draws, 10000}, {"Most", &c.Most, 10000}} {
		if *f.to < 0 {
			return c, fmt.Errorf("%w: %s: %d", fault.ErrConfig, f.name, *f.to)
		}
		if *f.to == 0 {
			*f.to = f.zero
		}
	}
	if !(c.Left >= 0 && c.Left < 1) { // also NaN
		return c, fmt.Errorf("%w: Left: %g is no share of a posterior", fault.ErrConfig, c.Left)
	}
	if c.Left == 0 {
		c.Left = 1e-4
	}
	return c, nil
}

// Rounds fits the posterior given one observation by simulating where it has its mass: truncated sequential neural posterior estimation (Deistler, Goncalves and Macke, arXiv
// 2210.04815). The first round simulates from the prior. Every other one takes the region of highest density of the posterior so far, given the observation, which leaves out a share
// Left of its mass, within the region of the round before; simulates parameters of the prior that lie in it; and fits anew to these and to the earlier simulations in the region. As
// all of them come from the prior, cut to the region, the fit needs no correction. It is the posterior given this observation, and not given others.
//
// Errors: those of Simulator.Draw and Posterior; fault.ErrShape for an observation of another length; fault.ErrData where too few draws of the prior are in the region (Most).
func Rounds(ctx context.Context, s Simulator, observation []float64, c RoundsConfig) (*model.Model, []Round, error) {
	if err := s.check(); err != nil {
		return nil, nil, err
	}
	if len(observation) != len(s.Observations) {
		return nil, nil, fmt.Errorf("%w: an observation of %d numbers, the simulator has %d", fault.ErrShape, len(observation), len(s.Observations))
	}
	c, err := c.filled()
	if err != nil {
		return nil, nil, err
	}
	c.Posterior.Support = s.Support
	var (
		m    *model.Model
		done []Round
		all  Simulations
		cut  truncation
	)
	for i := range c.Rounds {
		seed := c.Posterior.Seed + uint64(i)
		if m != nil {
			if err := cut.add(ctx, m, observation, c, seed); err != nil {
				return nil, done, err
			}
			if all, err = cut.within(ctx, all); err != nil {
				return nil, done, err
			}
		}
		theta, kept, err := cut.draw(ctx, s, c, seed)
		if err != nil {
			return nil, done, fmt.Errorf("round %d: %w", i+1, err)
		}
		fresh, err := s.at(ctx, theta, seed)
		if err != nil {
			return nil, done, err
		}
		all = joined(all, fresh)
		config := c.Posterior
		config.Seed = seed
		fitted, r, err := Posterior(ctx, all, config)
		if err != nil {
			return nil, done, fmt.Errorf("round %d: %w", i+1, err)
		}
		m, done = fitted, append(done, Round{kept, c.PerRound, all.Parameters.Values.Rows, r})
	}
	return m, done, nil
}

// truncation is a region of parameters: where several densities, given the observation, are above a level each.
type truncation struct {
	observation []float64
	densities   []*model.Density
	levels      []float64
}

// add cuts the region to that of highest density of a posterior.
func (t *truncation) add(ctx context.Context, m *model.Model, observation []float64, c RoundsConfig, seed uint64) error {
	d, err := model.Compile(m, diffeo.Options{Threads: c.Posterior.Train.Threads})
	if err != nil {
		return err
	}
	t.observation = observation
	x, cond := matrix.New[float64](c.Draws, len(m.Columns)), t.repeated(c.Draws)
	if err := d.Sample(ctx, diffeo.Draw{Seed: seed}, cond, x); err != nil {
		return named(err, model.Names(m.Context))
	}
	l := make([]float64, c.Draws)
	if err := d.LogProb(ctx, x, cond, l); err != nil {
		return err
	}
	slices.Sort(l)
	t.densities, t.levels = append(t.densities, d), append(t.levels, l[int(c.Left*float64(c.Draws))])
	return nil
}

func (t *truncation) repeated(n int) matrix.Matrix[float64] {
	cond := matrix.New[float64](n, len(t.observation))
	for r := range n {
		copy(cond.Row(r), t.observation)
	}
	return cond
}

// inside tells of every row whether it is in the region.
func (t *truncation) inside(ctx context.Context, theta matrix.Matrix[float64]) ([]bool, error) {
	in, l := make([]bool, theta.Rows), make([]float64, theta.Rows)
	for r := range in {
		in[r] = true
	}
	for i, d := range t.densities {
		if err := d.LogProb(ctx, theta, t.repeated(theta.Rows), l); err != nil {
			return nil, err
		}
		for r, v := range l {
			in[r] = in[r] && v >= t.levels[i]
		}
	}
	return in, nil
}

// within leaves the simulations that are in the region.
func (t *truncation) within(ctx context.Context, s Simulations) (Simulations, error) {
	in, err := t.inside(ctx, s.Parameters.Values)
	if err != nil {
		return s, err
	}
	var rows []int
	for r, ok := range in {
		if ok {
			rows = append(rows, r)
		}
	}
	var out Simulations
	if out.Parameters, err = s.Parameters.Rows(rows); err != nil {
		return out, err
	}
	out.Observations, err = s.Observations.Rows(rows)
	return out, err
}

// draw takes draws of the prior that are in the region, and tells their share.
func (t *truncation) draw(ctx context.Context, s Simulator, c RoundsConfig, seed uint64) (theta matrix.Matrix[float64], kept float64, err error) {
	const piece = 4096
	theta, block := matrix.New[float64](c.PerRound, len(s.Parameters)), matrix.New[float64](piece, len(s.Parameters))
	found := 0
	for tried := 0; ; tried += piece {
		for r := range piece {
			if err := s.propose(seed, tried+r, block.Row(r)); err != nil {
				return theta, 0, err
			}
		}
		in, err := t.inside(ctx, block)
		if err != nil {
			return theta, 0, err
		}
		for r, ok := range in {
			if !ok {
				continue
			}
			copy(theta.Row(found), block.Row(r))
			if found++; found == c.PerRound {
				return theta, float64(found) / float64(tried+r+1), nil
			}
		}
		if n := tried + piece; n > c.Most*max(found, 1) {
			return theta, 0, fmt.Errorf("%w: %d of %d draws of the prior are in the region of the posterior's mass: take fewer rounds, or raise Most", fault.ErrData, found, n)
		}
	}
}

// joined puts simulations one below the other.
func joined(a, b Simulations) Simulations {
	if a.Parameters.Values.Rows == 0 {
		return b
	}
	below := func(a, b data.Table) data.Table {
		v := matrix.New[float64](a.Values.Rows+b.Values.Rows, a.Values.Cols)
		copy(v.Data, a.Values.Data)
		copy(v.Data[len(a.Values.Data):], b.Values.Data)
		return data.Table{Columns: a.Columns, Values: v, Source: a.Source}
	}
	return Simulations{below(a.Parameters, b.Parameters), below(a.Observations, b.Observations)}
}
