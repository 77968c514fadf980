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

// forms are the affine maps by the names that a Config has for them: x = s·u + t, u = s·x + t and u = s·(x − t). They give the same flows, and
// training goes another way in each: for a point far out the network says wild things, and with "data" an error of the shift is not
// multiplied by the factor when the point is scored, so that test rows far from the training rows lose less.
var forms = map[string]scalar.Affine{
	"base":   {Form: scalar.ScaleBase},
	"data":   {Form: scalar.ScaleData},
	"center": {Form: scalar.CenterData},
}

// Forms lists the names of the forms of affine maps.
func Forms() []string { return slices.Sorted(maps.Keys(forms)) }

// affines is repeat for transforms made of affine maps, in the recipe's form unless the Config names one.
func (c Config) affines(name, form string, transform func(c Config, i int, m scalar.Map) bijection.Bijection) (flow.Flow, error) {
	if c.Affine != "" {
		form = c.Affine
	}
	m, ok := forms[form]
	if !ok {
		return flow.Flow{}, fmt.Errorf("recipe %s: %w: Affine: %q is none of %q", name, fault.ErrConfig, form, Forms())
	}
	c.Affine = ""
	return c.repeat(name, nil, func(c Config, i int) bijection.Bijection { return transform(c, i, m) })
}
