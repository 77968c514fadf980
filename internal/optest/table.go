package optest

import (
	"fmt"
	"slices"
	"strings"

	"diffeo/graph"
)

// Cases is the whole table. Names are unique.
func Cases() []Case {
	return slices.Concat(
		sourceCases(), unaryCases(), binaryCases(), selectCases(), specialCases(),
		viewCases(), reduceCases(), matmulCases(), convCases(), solveCases(), rowCases(), randomCases(),
		branchCases(), repeatCases(), whileCases(), customCases(), splineCases(), affineCases(), normalCases(), hostCases(), wholeCases(),
	)
}

// RowCounts are numbers of rows that find mistakes at the edges of lanes, tiles and shards.
func RowCounts() []int { return []int{1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 64, 100, 127, 129, 255, 300} }

// row and shared are operands of a shape.
func row(shape ...int) Operand    { return Operand{Shape: shape} }
func shared(shape ...int) Operand { return Operand{Shape: shape, Shared: true} }

// between sets the interval.
func (o Operand) between(low, high float64) Operand {
	o.Low, o.High = low, high
	return o
}

// grid sets the grid that numbers lie on.
func (o Operand) grid(step, phase float64) Operand {
	o.Step, o.Phase = step, phase
	return o
}

func (o Operand) groups(n int) Operand {
	o.Groups = n
	return o
}

func (o Operand) values(x ...float64) Operand {
	o.Values = x
	return o
}

func (o Operand) bools() Operand {
	o.DType = graph.Bool
	return o
}

// mixed calls f with every choice of shared and per-row for n operands; tag names the choice.
func mixed(n int, f func(tag string, isShared []bool)) {
	for bits := range 1 << n {
		is, tags := make([]bool, n), make([]string, n)
		for i := range is {
			is[i], tags[i] = bits>>i&1 == 1, "row"
			if is[i] {
				tags[i] = "shared"
			}
		}
		f(strings.Join(tags, ", "), is)
	}
}

// one makes a case of a function of one value.
func one(name string, o Operand, f func(x graph.Value) graph.Value) Case {
	return Case{
		Name: name, In: []Operand{o}, Order: 2,
		Build: func(_ *graph.Builder, in []graph.Value) []graph.Value { return []graph.Value{f(in[0])} },
	}
}

// two makes a case of a function of two values.
func two(name string, x, y Operand, f func(x, y graph.Value) graph.Value) Case {
	return Case{
		Name: name, In: []Operand{x, y}, Order: 2,
		Build: func(_ *graph.Builder, in []graph.Value) []graph.Value { return []graph.Value{f(in[0], in[1])} },
	}
}

// linear marks a case whose second derivatives are 0.
func (c Case) linear() Case {
	c.Flat = 2
	return c
}

// flat marks a case whose first derivatives are 0.
func (c Case) flat() Case {
	c.Flat = 1
	return c
}

// never marks a case without a derivative.
func (c Case) never(why string) Case {
	c.Order, c.Why = 0, why
	return c
}

func shapeName(op graph.Op, o Operand) string {
	kind := "row"
	if o.Shared {
		kind = "shared"
	}
	if o.Groups > 1 {
		kind = fmt.Sprintf("row×%d", o.Groups)
	}
	return fmt.Sprintf("%s %v %s", op, o.Shape, kind)
}
