package recipe

import (
	"fmt"
	"maps"
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
	m := scalar.Affine{Form: f, Scale: scalar.BoundedExp{Bound: c.ScaleBound}}
	if err := m.Scale.Check(); err != nil {
		return flow.Flow{}, fmt.Errorf("recipe %s: ScaleBound: %w", name, err)
	}
	c.Affine, c.ScaleBound = "", 0
	return c.repeat(name, nil, func(c Config, i int) bijection.Bijection { return transform(c, i, m) })
}
