package check

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"diffeo"
	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/model"
)

// CalibrationOptions of Calibrate. The zero value is a good choice.
type CalibrationOptions struct {
	Draws   int    // for each row; 0: 500
	Seed    uint64 // of the draws, of ties, and of the rows that are references
	Threads int    // as in diffeo.Options
}

// Calibration says whether the densities of a model under its contexts are as wide as the rows of a table say, as posteriors of simulations have to be.
type Calibration struct {
	Rows, Draws int
	// Ranks, of every column, are those of the rows' numbers among the model's draws under the rows' contexts: simulation-based calibration.
	Ranks []Uniformity
	// Density is the expected coverage of the regions of highest density: of each row the share of draws that are denser.
	Density Uniformity
	// Reference is the expected coverage of balls around a point that depends on the context (TARP): of each row the share of draws that are nearer to it. It alone sees
	// densities that say too little of what the context tells.
	Reference Uniformity
}

// Verdict is the gravest of the parts.
func (c Calibration) Verdict() Verdict {
	var r Report
	for _, u := range append(append([]Uniformity{}, c.Ranks...), c.Density, c.Reference) {
		r.Results = append(r.Results, Result{Verdict: u.Verdict})
	}
	return r.Verdict()
}

// Calibrate draws from the model under the context of every row and asks where the row is among the draws. If the rows are pairs of parameters of the prior and
// observations of them, and the model's density given an observation is the posterior, all of what Calibration holds is uniform: ranks (Talts et al., arXiv
// 1804.06788, algorithm 1), the mass of regions of highest density (Hermans et al., arXiv 2110.06257), and of balls around a reference (Lemos et al., arXiv
// 2302.03026). Rows that the model was trained on look too good.
//
// The reference of a row is the parameters of that row, among a quarter that is set apart for it, whose observation is nearest: it depends on the observation and not on the
// row's own parameters, as is needed.
//
// Errors: fault.ErrContext for a model without context; those of wrong rows, and of a context that is outside its support.
func Calibrate(ctx context.Context, m *model.Model, rows Rows, o CalibrationOptions) (Calibration, error) {
	if len(m.Context) == 0 {
		return Calibration{}, fmt.Errorf("%w: the model has no context: its density is one for all rows, which Model checks by PIT", fault.ErrContext)
	}
	if err := rows.check(len(m.Columns), len(m.Context)); err != nil {
		return Calibration{}, err
	}
	if rows.X.Rows == 0 {
		return Calibration{}, fmt.Errorf("%w: a calibration needs rows of a table that was not trained on", fault.ErrData)
	}
	if o.Draws < 0 || o.Draws == 1 {
		return Calibration{}, fmt.Errorf("%w: Draws: %d for each row", fault.ErrConfig, o.Draws)
	}
	if o.Draws == 0 {
		o.Draws = 500
	}
	d, err := model.Compile(m, diffeo.Options{Threads: o.Threads})
	if err != nil {
		return Calibration{}, err
	}
	p := &places{ctx: ctx, o: o, density: d, units: unitsOf(m), rows: rows, random: rand.New(rand.NewPCG(o.Seed, 0x63616c6962))}
	if err := p.measure(); err != nil {
		return Calibration{}, err
	}
	c := Calibration{Rows: rows.X.Rows, Draws: o.Draws}
	for k, u := range p.ranks {
		c.Ranks = append(c.Ranks, uniformity(m.Columns[k].Name, u, len(p.ranks), rankWords))
	}
	c.Density = uniformity("regions of highest density", p.denser, 1, densityWords)
	c.Reference = uniformity("balls around a reference", p.nearer, 1, referenceWords)
	return c, nil
}

// places finds where rows are among draws: numbers in (0, 1), uniform if the rows are draws themselves.
type places struct {
	ctx     context.Context
	o       CalibrationOptions
	density *model.Density
	units   units
	rows    Rows
	random  *rand.Rand

	ranks  [][]float64 // of every column
	denser []float64
	nearer []float64 // of the rows that are no references
}

// at is the place of a number among draws of which so many are below it and so many equal: uniform in (0, 1) where the number is one of them.
func (p *places) at(below, equal, draws int) float64 {
	return (float64(below) + float64(equal+1)*p.random.Float64()) / float64(draws+1)
}

func (p *places) measure() error {
	n, dim, draws := p.rows.X.Rows, p.rows.X.Cols, p.o.Draws
	p.ranks = make([][]float64, dim)
	nearest, err := p.references()
	if err != nil {
		return err
	}
	own := make([]float64, n)
	if err := p.density.LogProb(p.ctx, p.rows.X, p.rows.Cond, own); err != nil {
		return err
	}
	z, err := encode(p.units.columns, p.rows.X, nil)
	if err != nil {
		return err
	}
	x, cond, l := matrix.New[float64](draws, dim), matrix.New[float64](draws, p.rows.Cond.Cols), make([]float64, draws)
	for r := range n {
		for i := range draws {
			copy(cond.Row(i), p.rows.Cond.Row(r))
		}
		if err := p.density.Sample(p.ctx, diffeo.Draw{Seed: p.o.Seed, First: uint64(r) * uint64(draws)}, cond, x); err != nil {
			return err
		}
		if err := p.density.LogProb(p.ctx, x, cond, l); err != nil {
			return err
		}
		for k := range dim {
			v := p.rows.X.Row(r)[k]
			p.ranks[k] = append(p.ranks[k], p.among(draws, func(i int) float64 { return x.Row(i)[k] }, v))
		}
		p.denser = append(p.denser, p.among(draws, func(i int) float64 { return -l[i] }, -own[r]))
		if nearest[r] < 0 {
			continue
		}
		drawn, err := encode(p.units.columns, x, nil)
		if err != nil {
			return err
		}
		to := z.Row(nearest[r])
		p.nearer = append(p.nearer, p.among(draws, func(i int) float64 { return distance(drawn.Row(i), to) }, distance(z.Row(r), to)))
	}
	return nil
}

// among is the place of v among the draws of a statistic.
func (p *places) among(draws int, of func(i int) float64, v float64) float64 {
	below, equal := 0, 0
	for i := range draws {
		switch x := of(i); {
		case x < v || math.IsNaN(v): // a row that the model has no place for is beyond all draws
			below++
		case x == v:
			equal++
		}
	}
	return p.at(below, equal, draws)
}

// references says of every row which row's parameters are its reference; −1 for those that are references themselves. Distances are in the flow's units.
func (p *places) references() ([]int, error) {
	c, err := encode(p.units.context, p.rows.Cond, nil)
	if err != nil {
		return nil, err
	}
	n := c.Rows
	order := p.random.Perm(n)
	apart := order[:(n+3)/4]
	nearest := make([]int, n)
	for r := range nearest {
		best := math.Inf(1)
		nearest[r] = apart[0]
		for _, j := range apart {
			if d := distance(c.Row(r), c.Row(j)); d < best {
				best, nearest[r] = d, j
			}
		}
	}
	for _, j := range apart {
		nearest[j] = -1
	}
	return nearest, nil
}

// distance is the square of the Euclidean one.
func distance(x, y []float64) (sum float64) {
	for k, v := range x {
		sum += (v - y[k]) * (v - y[k])
	}
	return sum
}
