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
	return plain.repeat(name, nil, func(c Config, i int) bijection.Bijection {
		return transform(c, i, spline, linear != NoLinear)
	})
}
