package cpu

import "diffeo/matrix"

// flatSpline is a spline of a single row in one lane: its columns then take the place of lanes, in one call of the kernel.
type flatSpline[T matrix.Float] struct {
	transpose func(dst []T, ldd int, src []T, lds, rows, cols int)
	apart     int // units between the parameters of neighbouring columns; those of one column are side by side, unless apart is 1
	x         int // numbers of the scratch memory before the transposed parameters
}

// flatten finds out whether a spline's columns lie so that they can be lanes: results side by side, parameters of a column or of a row of
// parameters side by side. Points may lie anywhere.
func (i *spline[T]) flatten(e *emitter[T]) {
	n := len(i.columns)
	if i.gradient || i.unit != 1 || n < 2 || !e.row || e.kinds == nil {
		return
	}
	first := &i.columns[0]
	f := &flatSpline[T]{transpose: e.k.Transpose, apart: i.columns[1].theta.off - first.theta.off, x: (n + 15) &^ 15}
	if f.apart < 1 || f.apart > 1 && first.step != 1 || f.apart == 1 && first.step < n {
		return
	}
	for k := range i.columns {
		c := &i.columns[k]
		for _, o := range []operand{c.x, c.theta, c.a, c.b} {
			if o.buffer != onTile {
				return
			}
		}
		if c.step != first.step || c.theta.off != first.theta.off+k*f.apart || c.a.off != first.a.off+k || c.b.off != first.b.off+k {
			return
		}
	}
	i.flat = f
	st := &e.p.stages[e.stage]
	st.scratch = max(st.scratch, (f.x*(1+i.params.Rows())+e.p.lane()-1)/e.p.lane())
}

func (f *flatSpline[T]) run(t *tile[T], i *spline[T]) {
	n, rows, first := len(i.columns), i.params.Rows(), &i.columns[0]
	x := t.scratch[:n]
	for k := range x {
		x[k] = t.mem[i.columns[k].x.off]
	}
	theta, ld := t.mem[first.theta.off:], first.step
	if f.apart > 1 {
		turned := t.scratch[f.x:][:f.x*rows]
		f.transpose(turned, f.x, theta[:(n-1)*f.apart+rows], f.apart, n, rows)
		theta, ld = turned, f.x
	}
	i.f(t.mem[first.a.off:][:n], t.mem[first.b.off:][:n], x, theta[:(rows-1)*ld+n], ld, n, &i.params, i.inverse)
}
