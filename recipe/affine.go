package recipe

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"diffeo/bijection"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/scalar"
)

// Forms lists the names of the forms of affine maps: "base", x = s·u + t, "data", u = s·x + t, and "center", u = s·(x − t). They give the same
// flows, and training goes another way in each: for a point far out the network says wild things, and with "data" an error of the shift is
// not multiplied by the factor when the point is scored, so that test rows far from the training rows lose less.
func Forms() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(forms)), func(name string) bool { return name == "" })
}

// affines is repeat for transforms made of affine maps, in the recipe's form unless the Config names one.
func (c Config) affines(name, form string, transform func(c Config, i int, m scalar.Map) bijection.Bijection) (flow.Flow, error) {
	if c.Affine != "" {
		form = c.Affine
	}
	f, ok := forms[form]
	if !ok {
		return flow.Flow{}, fmt.Errorf("recipe %s: %w: Affine: %q is none of %q", name, fault.ErrConfig, form, Forms())
	}
	scale, err := c.scale()
	if err != nil {
		return flow.Flow{}, fmt.Errorf("recipe %s: %w", name, err)
	}
	m := scalar.Affine{Form: f, Scale: scale}
	c.Affine, c.ScaleBound, c.Factor = "", 0, ""
	return c.repeat(name, nil, func(c Config, i int) bijection.Bijection { return transform(c, i, m) })
}

// scale is the factor of affine maps.
func (c Config) scale() (scalar.Scale, error) {
	bounded := scalar.BoundedExp{Bound: c.ScaleBound}
	if err := bounded.Check(); err != nil {
		return nil, fmt.Errorf("ScaleBound: %w", err)
	}
	switch c.Factor {
	case "", ExpFactor:
		return bounded, nil
	case SoftplusFactor:
		bound := c.ScaleBound
		if bound == 0 {
			bound = 3
		}
		s := scalar.UnitSoftplus(softplusFloor)
		s.Bound = math.Exp(bound)
		return s, nil
	}
	return nil, fmt.Errorf("%w: Factor: %q is none of %q", fault.ErrConfig, c.Factor, Factors())
}

// softplusFloor is the least factor of SoftplusFactor.
const softplusFloor = 0.01

// Factors lists the names of the factors of affine maps.
func Factors() []string { return []string{ExpFactor, SoftplusFactor} }
