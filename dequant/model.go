package dequant

import (
	"fmt"
	"math"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/param"
)

// Model describes rows of numbers on grids: the density p of the points of their cells, y = x + w·u, and the noise that trains it.
type Model struct {
	// Density is p, of D columns.
	Density flow.Flow

	// Noise is q(u|x), a density on (0, 1)^n for the n columns that lie on grids: see ImageNoise and ColumnNoise. Its Context are the D columns of x, behind
	// which there may be those of Density's Context; or nothing. A step draws from it, so a flow whose Forward is cheap is wanted. The zero
	// Flow is uniform noise.
	Noise flow.Flow

	// Widths are the widths w of the cells, whose lowest points are x; 0: the column lies on no grid and gets no noise. One width above 0 is needed. nil: 1 in every
	// column.
	Widths []float64
}

// Bind declares the parameters: those of Density under its own names, and those of Noise under noise. As the log-density it gives the bound with one draw
// by the builder's Key; its Transform's Forward ends at y. Errors: those of the parts, with their names; shapes that do not fit together.
func (m Model) Bind() (*flow.Bound, error) {
	r := param.NewRegistry()
	c, err := m.bindIn(r.Scope())
	if err != nil {
		return nil, err
	}
	specs, err := r.Specs()
	return &flow.Bound{Base: c.density.Base, Transform: c, Cond: c.density.Cond, Specs: specs}, err
}

// Init gives the first values of the parameters, functions of the seed and their names.
func (m Model) Init(seed uint64) (*param.Set, error) {
	f, err := m.Bind()
	if err != nil {
		return nil, err
	}
	return param.New(f.Specs, seed), nil
}

func (m Model) bindIn(s *param.Scope) (*cells, error) {
	density, err := m.Density.BindIn(s)
	if err != nil {
		return nil, fmt.Errorf("density: %w", err)
	}
	c := &cells{density: density, Bound: density.Transform}
	if err := c.setWidths(m.Widths); err != nil {
		return nil, err
	}
	if c.noise, err = m.noise(len(c.widths)).BindIn(s.Sub("noise")); err != nil {
		return nil, fmt.Errorf("noise: %w", err)
	}
	if u := c.noise.Transform.DataShape(); !u.Equal(graph.Shape{len(c.widths)}) {
		return nil, fmt.Errorf("%w: the noise has the shape %v, and there are %d columns of whole numbers", fault.ErrShape, u, len(c.widths))
	}
	rows, all := c.DataShape().Size(), c.DataShape().Size()+density.Cond.Size()
	if density.Cond == nil {
		all = rows
	}
	switch n := m.Noise.Context; n {
	case 0, rows:
	case all:
		c.seesCond = true
	default:
		return nil, fmt.Errorf("%w: the noise has a context of %d columns; it sees nothing, the %d columns of a row, or these and the density's context, %d together", fault.ErrContext, n, rows, all)
	}
	return c, nil
}

// noise is what Noise says, of n columns.
func (m Model) noise(n int) flow.Flow {
	if m.Noise.Base == nil && m.Noise.Transform == nil && m.Noise.Context == 0 {
		return flow.Flow{Base: dist.UnitBox(n), Transform: bijection.Chain{}}
	}
	return m.Noise
}

// setWidths fills in the columns that get noise.
func (c *cells) setWidths(widths []float64) error {
	shape := c.DataShape()
	if len(shape) != 1 {
		return fmt.Errorf("%w: rows are vectors, this density is one of values of shape %v", fault.ErrShape, shape)
	}
	d := shape[0]
	if widths != nil && len(widths) != d {
		return fmt.Errorf("%w: %d widths of cells for %d columns", fault.ErrShape, len(widths), d)
	}
	c.place = make([]int, d)
	for i := range d {
		w := 1.0
		if widths != nil {
			w = widths[i]
		}
		switch {
		case !(w >= 0) || math.IsInf(w, 0):
			return fmt.Errorf("%w: cells of column %d have the width %g", fault.ErrConfig, i, w)
		case w == 0:
			c.place[i] = -1
			continue
		}
		c.place[i] = len(c.widths)
		c.widths = append(c.widths, w)
		c.logVolume += math.Log(w)
	}
	if len(c.widths) == 0 {
		return fmt.Errorf("%w: no column has cells: train the flow as it is, or give one column at least a width", fault.ErrConfig)
	}
	return nil
}
