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
// "none" the masks alternate as in RealNVP. The authors' code also divides raw widths and heights of bins by the root of
// the units of a hidden layer: BinScale 0.088 for 128. Errors: a bad field of the Config.
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

// splines is repeat for transforms made of splines, with linear maps between them; linear is the recipe's default.
func (c Config) splines(name, linear string, transform func(c Config, i int, spline scalar.Map, mixed bool) bijection.Bijection) (flow.Flow, error) {
	if c.Linear != "" {
		linear = c.Linear
	}
	tails, spline, plain := c.Tails, scalar.RationalQuadratic{Bins: c.Bins, Low: -c.Bound, High: c.Bound, BinScale: c.BinScale}, c
	plain.Bins, plain.Bound, plain.BinScale, plain.Linear, plain.Tails = 0, 0, 0, "", ""
	switch {
	case linear != NoLinear && linear != Permutation && linear != LU:
		return flow.Flow{}, fmt.Errorf("recipe %s: %w: Linear: %q is none of %q, %q, %q", name, fault.ErrConfig, linear, NoLinear, Permutation, LU)
	case tails != "" && tails != NoTails && tails != PowerTails:
		return flow.Flow{}, fmt.Errorf("recipe %s: %w: Tails: %q is neither %q nor %q", name, fault.ErrConfig, tails, NoTails, PowerTails)
	case c.BinScale < 0:
		return flow.Flow{}, fmt.Errorf("recipe %s: %w: BinScale: bins scaled by %g", name, fault.ErrConfig, c.BinScale)
	case c.Bound < 0:
		return flow.Flow{}, fmt.Errorf("recipe %s: %w: Bound: splines up to %g", name, fault.ErrConfig, c.Bound)
	}
	var first []bijection.Bijection
	if linear == LU {
		first = append(first, bijection.LULinear{})
	}
	return plain.repeat(name, first, func(c Config, i int) bijection.Bijection {
		step := []bijection.Bijection{transform(c, i, spline, linear != NoLinear)}
		last := i == c.Transforms-1
		if linear == LU {
			step = append(step, bijection.LULinear{})
		}
		if linear == LU || linear == Permutation && !last {
			step = append(step, bijection.Permute{Order: bijection.RandomOrder(c.Dim, c.Seed+uint64(i))})
		}
		if tails == PowerTails && last {
			step = append(step, bijection.Static{Map: scalar.Power{}})
		}
		if len(step) == 1 {
			return step[0]
		}
		return bijection.Chain{Transforms: step}
	})
}
