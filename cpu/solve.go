package cpu

import "diffeo/graph"

// solve writes a triangular system by substitution. Every unknown is a chain of multiplications and additions of units: the engine
// adds products to −b, and turns the sign at the end. Elements that are known to be 0 take no part.
func (e *emitter[T]) solve(o *op) {
	v, a, b := o.out[0], o.in[0].loc, o.in[1].loc
	t, n := o.attr.(graph.Triangle), o.in[0].Shape[0]
	m := v.Shape[1]
	dst, unit := e.fresh(v), e.unit(v)
	side, step := 1, cell(unit) // columns that are solved for at once
	if !e.row {
		step = -1
	}
	if b.list == nil && (b.step == step || b.n == 1) && b.start.shared() == !e.row && o.in[0].Rows == 0 {
		side = m
	}
	row := func(c cell) loc { return loc{start: c, step: step, n: side} }
	each := func(c cell) loc { return loc{start: c, n: side} }
	negate := func(to, from cell) {
		if e.row && from.shared() {
			e.copyTo(unit, row(to), row(from))
			from = to
		}
		e.add(&elementwise1[T]{e.unaryKernel(graph.OpNeg), e.runs(unit, row(to), row(from))})
	}
	divide, divideS, _ := e.binaryKernels(graph.OpDiv)
	end := e.inOrder()
	for k := range n {
		i := k
		if t.Upper {
			i = n - 1 - k
		}
		for c := 0; c < m; c += side {
			at := dst.at(i*m + c)
			negate(at, b.at(i*m+c))
			for known := range k {
				j := known
				if t.Upper {
					j = n - 1 - known
				}
				w := a.at(i*n + j)
				if x, ok := e.known(w); ok && x == 0 {
					continue
				}
				r := run{n: side * unit, dst: e.operand(at), in: [3]operand{e.operand(dst.at(j*m + c)), e.operand(w)}}
				r.same[1] = w.shared() && (e.row || side > 1)
				e.add(&accumulate[T]{e.k.FMA, e.k.AXPY, r})
			}
			if !t.Unit {
				e.add(&elementwise2[T]{divide, divideS, nil, e.runs(unit, row(at), row(at), each(a.at(i*n+i)))})
			}
			negate(at, at)
		}
	}
	end()
	e.bind(v, dst)
}
