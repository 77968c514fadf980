package cpu

import (
	"slices"

	"diffeo/graph"
	"diffeo/matrix"
)

// reduce writes sums, maxima and running sums over the elements of a row, in ascending order, and Put, where several elements may
// be added to one place.
func (e *emitter[T]) reduce(o *op) {
	v, x := o.out[0], o.in[0].loc
	if c, ok := o.attr.(graph.Cumulation); ok {
		e.cumsum(o, c)
		return
	}
	if o.kind == graph.OpSum && v.Shape.Size() == 1 && !e.row && x.list == nil && (x.step == -1 || x.n == 1) {
		f := e.k.Sum
		if d := o.in[0].def; d != nil && e.squared(d) {
			f = e.k.SquareSum
		}
		e.total(v, x, f)
		return
	}
	kind := graph.OpAdd
	if o.kind == graph.OpMaxOver {
		kind = graph.OpMax
	}
	dst, parts := e.fresh(v), combined(o)
	if !slices.ContainsFunc(parts, func(elements []int) bool { return len(elements) > 1 }) { // each element has a place of its own
		e.copyTo(e.unit(v), dst, pick(len(parts), nil, func(at int) cell {
			if len(parts[at]) == 0 {
				return e.zero()
			}
			return x.at(parts[at][0])
		}))
		e.bind(v, dst)
		return
	}
	end := e.inOrder()
	for at, elements := range parts {
		cells := make([]cell, len(elements))
		for i, j := range elements {
			cells[i] = x.at(j)
		}
		e.combine(kind, e.unit(v), dst.at(at), cells)
	}
	end()
	e.bind(v, dst)
}

// combined lists, for each element of the result of a Sum, MaxOver or Put, the elements that are brought together there.
func combined(o *op) [][]int {
	parts := make([][]int, o.out[0].Shape.Size())
	in := o.in[0].Shape
	switch a := o.attr.(type) {
	case terms:
		return a
	case graph.Ints:
		kept := make([]bool, len(in))
		for k := range in {
			kept[k] = true
		}
		for _, k := range a {
			kept[k] = false
		}
		for i := range in.Size() {
			at, stride, rest := 0, 1, i
			for k := len(in) - 1; k >= 0; k-- {
				if kept[k] {
					at += rest % in[k] * stride
					stride *= in[k]
				}
				rest /= in[k]
			}
			parts[at] = append(parts[at], i)
		}
	case graph.Axis:
		n, inner := in[a], in[a+1:].Size()
		for at := range parts {
			for j := range n {
				parts[at] = append(parts[at], (at/inner*n+j)*inner+at%inner)
			}
		}
	case graph.Indices:
		n, inner := in[a.Axis], in[a.Axis+1:].Size()
		for i := range in.Size() {
			at := (i/(inner*n)*a.Len+a.Index[i/inner%n])*inner + i%inner
			parts[at] = append(parts[at], i)
		}
	}
	return parts
}

// combine writes dst = cells[0] ∘ cells[1] ∘ …, from the left.
func (e *emitter[T]) combine(kind graph.Op, unit int, dst cell, cells []cell) {
	one := func(c cell) loc { return loc{start: c, n: 1} }
	f, right, left := e.binaryKernels(kind)
	if e.row && len(cells) > 2 && !slices.ContainsFunc(cells, cell.shared) {
		i := &fold[T]{kind: kind, f: f, unit: unit, dst: e.operand(dst)}
		for _, c := range cells {
			i.in = append(i.in, e.operand(c))
		}
		e.add(i)
		return
	}
	switch {
	case len(cells) == 0:
		e.copyTo(unit, one(dst), one(e.zero()))
		return
	case len(cells) == 1 || e.row && cells[0].shared() && cells[1].shared():
		e.copyTo(unit, one(dst), one(cells[0]))
	default:
		e.add(e.kind(&elementwise2[T]{f, right, left, e.runs(unit, one(dst), one(cells[0]), one(cells[1]))}, kind))
		cells = cells[1:]
	}
	for _, c := range cells[1:] {
		e.add(e.kind(&elementwise2[T]{f, right, left, e.runs(unit, one(dst), one(dst), one(c))}, kind))
	}
}

// cumsum writes a running sum: each element is the one before it and one operand more.
func (e *emitter[T]) cumsum(o *op, c graph.Cumulation) {
	v := o.out[0]
	all := make([]int, v.Shape.Size())
	for k := range all {
		all[k] = k
	}
	dst := e.fresh(v)
	end := e.inOrder()
	e.running(c, v, dst, o.in[0].loc, all)
	end()
	e.bind(v, dst)
}

// running writes elements of a running sum, which are given in ascending order, behind those that they build on.
func (e *emitter[T]) running(c graph.Cumulation, v *value, dst, x loc, elements []int) {
	n, inner := v.Shape[c.Axis], v.Shape[c.Axis+1:].Size()
	for i := range elements {
		k := elements[i]
		j, before := k/inner%n, k-inner
		if c.Reverse {
			k = elements[len(elements)-1-i]
			j, before = n-1-k/inner%n, k+inner
		}
		var cells []cell
		if j > 0 {
			cells = append(cells, dst.at(before))
		}
		switch {
		case !c.Exclusive:
			cells = append(cells, x.at(k))
		case j > 0:
			cells = append(cells, x.at(before))
		}
		e.combine(graph.OpAdd, e.unit(v), dst.at(k), cells)
	}
}

// total is the sum of one stretch of shared numbers: of chunks first, which different workers may take.
func (e *emitter[T]) total(v *value, x loc, f func([]T) float64) {
	chunks := max(1, (x.n+chunk-1)/chunk)
	part := e.fresh(&value{Type: graph.Type{Shape: graph.Shape{chunks}}})
	for k := range chunks {
		from := k * chunk
		c := min(chunk, x.n-from)
		if b, acc := x.start.address(); b == bufShards {
			e.add(&sumJoined[T]{f, e.operand(part.at(k)), acc + from, c, window(e.joined[acc], from, c)})
			continue
		}
		e.add(&sumNumbers[T]{f, e.operand(part.at(k)), e.operand(x.start - cell(from)), c})
	}
	if chunks > 1 {
		e.wave++
		dst := e.fresh(v)
		e.add(&sumNumbers[T]{e.k.Sum, e.operand(dst.start), e.operand(part.start), chunks})
		part = dst
	}
	e.bind(v, loc{start: part.start, step: -1, n: 1})
}

// squared reports whether o squares a stretch of shared numbers for nothing but their sum: the square of a gradient's norm.
func (e *emitter[T]) squared(o *op) bool {
	l := o.in[0].loc
	return !e.row && o.stage == e.stage && squares(o) && l.list == nil && (l.step == -1 || l.n == 1)
}

// squares reports whether o squares a shared value for nothing but the sum of the squares.
func squares(o *op) bool {
	if o.kind != graph.OpMul || o.in[0] != o.in[1] || o.out[0].Rows > 0 || o.out[0].output || len(o.out[0].users) != 1 {
		return false
	}
	sum := o.out[0].users[0]
	return sum.kind == graph.OpSum && sum.stage == o.stage && sum.out[0].Shape.Size() == 1
}

// sumNumbers is dst = Σ f(a).
type sumNumbers[T matrix.Float] struct {
	f      func([]T) float64
	dst, a operand
	n      int
}

func (i *sumNumbers[T]) run(t *tile[T]) { t.span(i.dst, 1)[0] = T(i.f(t.span(i.a, i.n))) }
