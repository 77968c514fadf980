package optest

import (
	"fmt"

	"diffeo/graph"
)

func reduceCases() []Case {
	var cs []Case
	kinds := func(shape ...int) []Operand {
		return []Operand{row(shape...), shared(shape...), row(shape...).groups(2)}
	}
	for _, s := range []struct {
		shape []int
		axes  []int
	}{
		{[]int{7}, nil}, {[]int{131}, nil}, {[]int{1}, nil}, {[]int{0}, nil}, {[]int{3, 4}, []int{0}}, {[]int{3, 4}, []int{1}},
		{[]int{3, 4}, nil}, {[]int{2, 3, 4}, []int{1}}, {[]int{2, 3, 4}, []int{0, 2}}, {[]int{2, 0}, []int{1}}, {[]int{2, 0}, []int{0}},
	} {
		for _, o := range kinds(s.shape...) {
			c := one(fmt.Sprintf("%s over %v", shapeName(graph.OpSum, o), s.axes), o, func(x graph.Value) graph.Value {
				return graph.Sum(x, s.axes...)
			}).linear()
			if o.Shape.Size() == 0 {
				c = c.flat()
			}
			cs = append(cs, c)
		}
	}
	for _, s := range []struct {
		shape []int
		axis  int
	}{{[]int{7}, 0}, {[]int{1}, 0}, {[]int{131}, 0}, {[]int{3, 4}, 0}, {[]int{3, 4}, 1}, {[]int{2, 3, 4}, 1}} {
		for _, o := range kinds(s.shape...) {
			o.Distinct = true
			over := func(f func(x graph.Value, axis int) graph.Value) func(x graph.Value) graph.Value {
				return func(x graph.Value) graph.Value { return f(x, s.axis) }
			}
			name := fmt.Sprintf("%v along %d", shapeName("", o), s.axis)
			top := one("maxover"+name, o, over(graph.MaxOver)).linear()
			if o.Groups > 1 {
				top = top.never("the lanes' offsets may bring elements together")
			}
			soft, logSoft := one("softmax"+name, o, over(graph.Softmax)), one("logsoftmax"+name, o, over(graph.LogSoftmax))
			if len(s.shape) == 1 && s.shape[0] == 1 {
				soft, logSoft = soft.flat(), logSoft.flat()
			}
			lse := one("logsumexp"+name, o, over(graph.LogSumExp))
			if len(s.shape) == 1 && s.shape[0] == 1 {
				lse = lse.linear()
			}
			cs = append(cs, top, soft, logSoft, lse)
		}
	}
	for _, shape := range [][]int{{6}, {1}, {131}, {3, 4}, {2, 3, 2}} {
		for axis := range shape {
			for bits := range 4 {
				c := graph.Cumulation{Axis: axis, Exclusive: bits&1 == 1, Reverse: bits&2 == 2}
				for _, o := range kinds(shape...)[:2] {
					k := one(fmt.Sprintf("%s %v", shapeName(graph.OpCumSum, o), c), o, func(x graph.Value) graph.Value {
						return graph.CumSum(x, c)
					}).linear()
					if c.Exclusive && shape[axis] == 1 {
						k = k.flat()
					}
					cs = append(cs, k)
				}
			}
		}
	}
	cs = append(cs,
		one("cumsum [0]", row(0), func(x graph.Value) graph.Value { return graph.CumSum(x, graph.Cumulation{}) }).flat(),
		one("maxover of equal elements: the first gets the derivative", row(4).values(1, 1), func(x graph.Value) graph.Value {
			return graph.MaxOver(x, 0)
		}).never("equal elements are a kink"),
		one("sum of a product, a log-density", row(131), func(x graph.Value) graph.Value {
			return graph.Scale(graph.Sum(graph.Square(x)), -0.5)
		}),
	)
	return cs
}
