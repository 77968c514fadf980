package infer

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"diffeo/bijection"
	"diffeo/fault"
	"diffeo/scalar"
)

// Constraint is where some neighbouring columns live, by a name of the table Constraints.
type Constraint struct {
	Name      string
	Columns   int
	Low, High float64 // of an interval; 0 and 0: 0 to 1
}

// constrained is a row of the table.
type constrained struct {
	name, what string
	interval   bool // has Low and High
	transform  func(c Constraint) bijection.Bijection
}

// constraints are what columns can be confined to. New ones are rows here.
var constraints = []constrained{
	{"real", "everywhere", false, func(Constraint) bijection.Bijection { return nil }},
	{"positive", "above 0", false, func(Constraint) bijection.Bijection { return bijection.Static{Map: scalar.Exp{}} }},
	{"interval", "between two numbers", true, func(c Constraint) bijection.Bijection {
		return bijection.Static{Map: scalar.SigmoidMap{Low: c.Low, High: c.High}}
	}},
	{"ordered", "x₁ < x₂ < …", false, func(Constraint) bijection.Bijection { return bijection.Ordered{} }},
	{"simplex", "probabilities, all but the last", false, func(Constraint) bijection.Bijection { return bijection.Simplex{} }},
}

// Constraints lists the names of constraints, each with where it leads.
func Constraints() (names, what []string) {
	for _, c := range constraints {
		names, what = append(names, c.name), append(what, c.what)
	}
	return names, what
}

// Region is the map from ℝ^D to the region where neighbouring columns obey the constraints, D being the sum of their columns: the last map of a flow (Onto), and
// what Target.Unconstrained takes. Each map is onto, so that every point of the region has a density and none outside has.
//
// Errors wrap fault.ErrConfig: a name that is not in the table, no columns, an interval that is empty, infinite or given where there is none.
func Region(list ...Constraint) (bijection.Bijection, error) {
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: a region of no columns", fault.ErrConfig)
	}
	var parts bijection.Parts
	for _, c := range list {
		i := slices.IndexFunc(constraints, func(k constrained) bool { return k.name == c.Name })
		names, _ := Constraints()
		switch {
		case i < 0:
			return nil, fmt.Errorf("%w: there is no constraint %q; choose among %s", fault.ErrConfig, c.Name, strings.Join(names, ", "))
		case c.Columns < 1:
			return nil, fmt.Errorf("%w: constraint %s of %d columns", fault.ErrConfig, c.Name, c.Columns)
		case !constraints[i].interval && (c.Low != 0 || c.High != 0):
			return nil, fmt.Errorf("%w: constraint %s has no ends", fault.ErrConfig, c.Name)
		}
		if width := c.High - c.Low; (c.Low != 0 || c.High != 0) && !(width > 0 && !math.IsInf(width, 0)) {
			return nil, fmt.Errorf("%w: constraint %s from %g to %g: give two finite numbers, the smaller one first", fault.ErrConfig, c.Name, c.Low, c.High)
		}
		parts = append(parts, bijection.Part{Columns: c.Columns, Transform: constraints[i].transform(c)})
	}
	return parts, nil
}

// ParseConstraints reads a list such as "real:2 positive interval(-1,1):3 simplex:4": names with the number of columns behind a colon, one where there is
// none, and the ends of an interval in brackets, 0 and 1 where there are none. Errors wrap fault.ErrConfig.
func ParseConstraints(text string) ([]Constraint, error) {
	var list []Constraint
	for word := range strings.FieldsSeq(text) {
		bad := func(why string) ([]Constraint, error) {
			return nil, fmt.Errorf("%w: constraint %q: %s; write NAME:COLUMNS or interval(LOW,HIGH):COLUMNS, without spaces", fault.ErrConfig, word, why)
		}
		c := Constraint{Columns: 1}
		name, columns, counted := strings.Cut(word, ":")
		if counted {
			n, err := strconv.Atoi(columns)
			if err != nil {
				return bad(fmt.Sprintf("%q is no number of columns", columns))
			}
			c.Columns = n
		}
		name, ends, bracket := strings.Cut(name, "(")
		c.Name = name
		if bracket {
			inside, closed := strings.CutSuffix(ends, ")")
			low, high, two := strings.Cut(inside, ",")
			a, errLow := strconv.ParseFloat(low, 64)
			b, errHigh := strconv.ParseFloat(high, 64)
			if !closed || !two || errLow != nil || errHigh != nil {
				return bad("its ends are not two numbers in brackets")
			}
			if a == 0 && b == 0 {
				return bad("its ends are equal")
			}
			c.Low, c.High = a, b
		}
		list = append(list, c)
	}
	if _, err := Region(list...); err != nil {
		return nil, err
	}
	return list, nil
}
