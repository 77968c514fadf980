package optest

import "diffeo/graph"

// viewRow is a function made of ops that only move elements; its derivative moves them back.
type viewRow struct {
	name string
	x    graph.Shape
	f    func(x graph.Value) graph.Value
}

func viewTable() []viewRow {
	return []viewRow{
		{"broadcast [] to [2,3]", nil, func(x graph.Value) graph.Value { return graph.Broadcast(x, 2, 3) }},
		{"broadcast [4] to [3,4]", graph.Shape{4}, func(x graph.Value) graph.Value { return graph.Broadcast(x, 3, 4) }},
		{"broadcast [3,1] to [2,3,4]", graph.Shape{3, 1}, func(x graph.Value) graph.Value { return graph.Broadcast(x, 2, 3, 4) }},
		{"reshape [6] to [2,3]", graph.Shape{6}, func(x graph.Value) graph.Value { return graph.Reshape(x, 2, 3) }},
		{"reshape [] to [1,1]", nil, func(x graph.Value) graph.Value { return graph.Reshape(x, 1, 1) }},
		{"transpose [2,3]", graph.Shape{2, 3}, func(x graph.Value) graph.Value { return graph.Transpose(x) }},
		{"transpose [2,3,4] to 2,0,1", graph.Shape{2, 3, 4}, func(x graph.Value) graph.Value { return graph.Transpose(x, 2, 0, 1) }},
		{"transpose [2,3,2,3,2], a squeeze", graph.Shape{2, 3, 2, 3, 2}, func(x graph.Value) graph.Value { return graph.Transpose(x, 0, 2, 4, 1, 3) }},
		{"reshape of a transpose", graph.Shape{2, 3, 4}, func(x graph.Value) graph.Value { return graph.Reshape(graph.Transpose(x, 1, 0, 2), 6, 4) }},
		{"slice of [7]", graph.Shape{7}, func(x graph.Value) graph.Value { return graph.Slice(x, 0, 2, 5) }},
		{"slice of [3,4] along 1", graph.Shape{3, 4}, func(x graph.Value) graph.Value { return graph.Slice(x, 1, 1, 3) }},
		{"slice to nothing", graph.Shape{4}, func(x graph.Value) graph.Value { return graph.Slice(x, 0, 2, 2) }},
		{"slice of a slice", graph.Shape{9}, func(x graph.Value) graph.Value { return graph.Slice(graph.Slice(x, 0, 2, 8), 0, 1, 4) }},
		{"pad [3]", graph.Shape{3}, func(x graph.Value) graph.Value { return graph.Pad(x, 0, 2, 1) }},
		{"pad [2,3] along 0", graph.Shape{2, 3}, func(x graph.Value) graph.Value { return graph.Pad(x, 0, 1, 0) }},
		{"pad [2,3] along 1", graph.Shape{2, 3}, func(x graph.Value) graph.Value { return graph.Pad(x, 1, 0, 2) }},
		{"pad of nothing", graph.Shape{0}, func(x graph.Value) graph.Value { return graph.Pad(x, 0, 2, 1) }},
		{"pad of a slice", graph.Shape{7}, func(x graph.Value) graph.Value { return graph.Pad(graph.Slice(x, 0, 2, 5), 0, 1, 3) }},
		{"take a permutation", graph.Shape{5}, func(x graph.Value) graph.Value { return graph.Take(x, 0, []int{3, 0, 4, 1, 2}) }},
		{"take with repeats", graph.Shape{5}, func(x graph.Value) graph.Value { return graph.Take(x, 0, []int{3, 3, 0}) }},
		{"take along 1", graph.Shape{3, 4}, func(x graph.Value) graph.Value { return graph.Take(x, 1, []int{2, 0, 2, 2, 1}) }},
		{"take nothing", graph.Shape{3}, func(x graph.Value) graph.Value { return graph.Take(x, 0, nil) }},
		{"take of a take of a slice", graph.Shape{9}, func(x graph.Value) graph.Value {
			return graph.Take(graph.Take(graph.Slice(x, 0, 1, 8), 0, []int{6, 5, 4, 3, 2, 1, 0}), 0, []int{1, 3, 5})
		}},
		{"put with repeats and gaps", graph.Shape{4}, func(x graph.Value) graph.Value { return graph.Put(x, 0, []int{2, 0, 2, 5}, 7) }},
		{"put along 1", graph.Shape{2, 3}, func(x graph.Value) graph.Value { return graph.Put(x, 1, []int{1, 1, 3}, 4) }},
		{"put a permutation", graph.Shape{4}, func(x graph.Value) graph.Value { return graph.Put(x, 0, []int{2, 0, 3, 1}, 4) }},
		{"put along 0 of [3,5]", graph.Shape{3, 5}, func(x graph.Value) graph.Value { return graph.Put(x, 0, []int{4, 0, 2}, 6) }},
		{"concat of slices, reordered", graph.Shape{8}, func(x graph.Value) graph.Value {
			return graph.Concat(0, graph.Slice(x, 0, 5, 8), graph.Slice(x, 0, 0, 2), graph.Slice(x, 0, 2, 5))
		}},
		{"concat of overlapping slices", graph.Shape{6}, func(x graph.Value) graph.Value {
			return graph.Concat(0, graph.Slice(x, 0, 0, 4), graph.Slice(x, 0, 2, 6), x)
		}},
		{"concat of transposes along 1", graph.Shape{2, 3}, func(x graph.Value) graph.Value {
			y := graph.Transpose(x)
			return graph.Concat(1, y, graph.Slice(y, 1, 0, 1), y)
		}},
		{"concat with nothing", graph.Shape{4}, func(x graph.Value) graph.Value { return graph.Concat(0, graph.Slice(x, 0, 1, 1), x, x) }},
		{"concat of a concat", graph.Shape{3}, func(x graph.Value) graph.Value {
			y := graph.Concat(0, x, graph.Neg(x))
			return graph.Concat(0, y, graph.Slice(y, 0, 1, 5))
		}},
		{"slice of a concat across the seam", graph.Shape{4}, func(x graph.Value) graph.Value {
			return graph.Slice(graph.Concat(0, graph.Neg(x), x), 0, 2, 7)
		}},
		{"reverse and sum", graph.Shape{131}, func(x graph.Value) graph.Value {
			index := make([]int, 131)
			for i := range index {
				index[i] = 130 - i
			}
			return graph.Add(x, graph.Take(x, 0, index))
		}},
		{"coupling split and merge", graph.Shape{6}, func(x graph.Value) graph.Value {
			a, b := graph.Take(x, 0, []int{0, 2, 4}), graph.Take(x, 0, []int{1, 3, 5})
			c := graph.Add(graph.Scale(a, 2), b)
			return graph.Add(graph.Put(a, 0, []int{0, 2, 4}, 6), graph.Put(c, 0, []int{1, 3, 5}, 6))
		}},
		{"squeeze an image", graph.Shape{2, 4, 4}, func(x graph.Value) graph.Value {
			return graph.Reshape(graph.Transpose(graph.Reshape(x, 2, 2, 2, 2, 2), 0, 2, 4, 1, 3), 8, 2, 2)
		}},
	}
}

func viewCases() []Case {
	var cs []Case
	for _, v := range viewTable() {
		for _, o := range []Operand{row(v.x...), shared(v.x...), row(v.x...).groups(2)} {
			kind := map[bool]string{true: " shared", false: " row"}[o.Shared]
			if o.Groups > 1 {
				kind = " row×2"
			}
			// Alone the result is a view of the input; the second result computes on the view.
			c := Case{
				Name: v.name + kind, In: []Operand{o}, Order: 2,
				Build: func(_ *graph.Builder, in []graph.Value) []graph.Value {
					y := v.f(in[0])
					return []graph.Value{y, graph.Tanh(y)}
				},
			}
			if v.name == "slice to nothing" || v.name == "take nothing" || v.name == "pad of nothing" {
				c.Flat = 1
			}
			cs = append(cs, c)
		}
	}
	mixed(2, func(tag string, is []bool) {
		x, y := row(2, 3), row(4, 3)
		x.Shared, y.Shared = is[0], is[1]
		cs = append(cs, two("concat [2,3], [4,3] "+tag, x, y, func(x, y graph.Value) graph.Value { return graph.Concat(0, x, y) }).linear())
		x, y = row(2, 3), row(2, 1)
		x.Shared, y.Shared = is[0], is[1]
		cs = append(cs, two("concat [2,3], [2,1] along 1 "+tag, x, y, func(x, y graph.Value) graph.Value { return graph.Concat(1, y, x, y) }).linear())
	})
	cs = append(cs,
		one("views of truth values", row(6).bools(), func(x graph.Value) graph.Value {
			return graph.Take(graph.Transpose(graph.Reshape(graph.Concat(0, graph.Slice(x, 0, 1, 6), graph.Slice(x, 0, 0, 1)), 2, 3)), 0, []int{2, 0})
		}).never("works on truth values"),
		one("an input is the output", row(5), func(x graph.Value) graph.Value { return x }).linear(),
		one("a parameter is the output", shared(5), func(x graph.Value) graph.Value { return x }).linear(),
	)
	return cs
}
