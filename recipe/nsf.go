package recipe

import (
	"fmt"

	"diffeo/bijection"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/scalar"
)

// NSFAR is the autoregressive neural spline flow of Durkan, Bekasov, Murray and Papamakarios (arXiv 1906.04032): rational-quadratic
// splines of every column with MADE conditioners. Scoring takes one pass of each. With Linear "none" orders alternate, as
// in zuko; with "lu" or "permutation" random permutations do that work, as in the paper. Errors: a bad field of the Config.
func NSFAR(c Config) (flow.Flow, error) {
	return c.splines("nsf-ar", NoLinear, func(c Config, i int, spline scalar.Map, mixed bool) bijection.Bijection {
		a := bijection.Autoregressive{Map: spline, Net: c.made()}
		if !mixed {
			a.Order = c.order(i)
		}
		return a
	})
}

// NSFC is the coupling neural spline flow of the same paper: rational-quadratic splines with parameters from the columns that pass through, both
// directions in one pass. Linear "lu" puts a random permutation and a learned linear map before every coupling (on the data's side)
// and one more map at the base, as in the paper and nflows; with "permutation" the halves of permuted columns pass and are mapped; with
// "none" the masks alternate as in RealNVP. Errors: a bad field of the Config.
func NSFC(c Config) (flow.Flow, error) {
	return c.splines("nsf-c", LU, func(c Config, i int, spline scalar.Map, mixed bool) bijection.Bijection {
		m := bijection.Coupling{Mask: c.mask(i), Map: spline, Net: c.mlp()}
		if mixed {
			m.Mask = make([]bool, c.Dim)
			for d := range c.Dim / 2 {
				m.Mask[d] = true
			}
		}
		return m
	})
}

// splines is repeat for transforms made of splines, with linear maps between them.
func (c Config) splines(name, linear string, transform func(c Config, i int, spline scalar.Map, mixed bool) bijection.Bijection) (flow.Flow, error) {
	spline, plain := scalar.RationalQuadratic{Bins: c.Bins, Low: -c.Bound, High: c.Bound}, c
	plain.Bins, plain.Bound, plain.Linear = 0, 0, ""
	if c.Linear != "" {
		linear = c.Linear
	}
	switch {
	case linear != NoLinear && linear != Permutation && linear != LU:
		return flow.Flow{}, fmt.Errorf("recipe %s: %w: Linear: %q is none of %q, %q, %q", name, fault.ErrConfig, linear, NoLinear, Permutation, LU)
	case c.Bound < 0:
		return flow.Flow{}, fmt.Errorf("recipe %s: %w: Bound: splines up to %g", name, fault.ErrConfig, c.Bound)
	}
	var first []bijection.Bijection
	if linear == LU {
		first = append(first, bijection.LULinear{})
	}
	return plain.repeat(name, first, func(c Config, i int) bijection.Bijection {
		t := transform(c, i, spline, linear != NoLinear)
		if linear == NoLinear {
			return t
		}
		step := []bijection.Bijection{t}
		if linear == LU {
			step = append(step, bijection.LULinear{})
		}
		if linear == LU || i < c.Transforms-1 {
			step = append(step, bijection.Permute{Order: bijection.RandomOrder(c.Dim, c.Seed+uint64(i))})
		}
		return bijection.Chain{Transforms: step}
	})
}
