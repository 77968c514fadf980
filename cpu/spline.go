package cpu

import (
	"diffeo/cpu/internal/simd"
	"diffeo/graph"
	"diffeo/matrix"
)

// mapsColumns reports whether a composite maps every column by itself with a kernel: a spline, an affine map, or the derivative of one.
func mapsColumns(c graph.Composed) bool {
	_, _, _, _, spline := splineOf(c)
	_, _, affine := affineOf(c)
	return spline || affine
}

// splineOf is what a composite of package graph's spline says: its configuration, and for its derivative which gradients are wanted.
func splineOf(c graph.Composed) (config graph.SplineConfig, vjp, wantX, wantTheta, ok bool) {
	switch s := c.Config.(type) {
	case graph.SplineConfig:
		return s, false, false, false, c.Name == graph.RationalQuadraticOp
	case graph.SplineVJP:
		return s.Spline, true, s.X, s.Theta, c.Name == graph.RationalQuadraticVJPOp
	}
	return config, false, false, false, false
}

// columnwise writes a composite that maps every column by itself, or its gradients.
func (e *emitter[T]) columnwise(o *op) {
	columns := make([]int, o.in[0].Shape.Size())
	for d := range columns {
		columns[d] = d
	}
	outs := make([]loc, len(o.out))
	for i, v := range o.out {
		outs[i] = e.likeTheta(v, parameters(o))
	}
	e.someColumns(o, columns, outs)
	for i, v := range o.out {
		e.bind(v, outs[i])
	}
}

// someColumns adds the instruction for some columns of such a composite, whose results lie in outs.
func (e *emitter[T]) someColumns(o *op, columns []int, outs []loc) {
	if _, _, ok := affineOf(o.attr.(graph.Composed)); ok {
		e.affineColumns(o, columns, outs)
		return
	}
	e.splineColumns(o, columns, outs)
}

// parameters is theta of a composite that maps columns. The derivative of an affine map has not got it, but starts from a result of the map.
func parameters(o *op) *value {
	v := o.in[1]
	if _, vjp, ok := affineOf(o.attr.(graph.Composed)); ok && vjp && v.def != nil && v.def.kind == graph.OpComposite {
		return v.def.in[1]
	}
	return v
}

// likeTheta is memory for a result of such an op. A gradient [P,D] is laid out like theta, column by column where theta is: then both
// come from and go to a network without being copied.
func (e *emitter[T]) likeTheta(v, theta *value) loc {
	l := e.fresh(v)
	if len(v.Shape) != 2 || v.Shape[0] < 2 || theta.loc.n != l.n || l.n == 0 {
		return l
	}
	rows, d, unit := v.Shape[0], v.Shape[1], cell(e.unit(v))
	if theta.loc.at(d)-theta.loc.at(0) != unit || d == 1 {
		return l
	}
	return pick(l.n, l.blocks, func(i int) cell { return l.start + cell(i%d*rows+i/d)*unit })
}

// splineColumns adds the instruction for some columns.
func (e *emitter[T]) splineColumns(o *op, columns []int, outs []loc) {
	c, vjp, wantX, wantTheta, _ := splineOf(o.attr.(graph.Composed))
	i := &spline[T]{f: e.k.RQS, vjp: e.k.RQSVJP, unit: e.unit(o.out[0]), inverse: c.Inverse, params: simd.SplineParams{
		Bins: c.Bins, Low: c.Low, High: c.High, MinWidth: c.MinWidth, MinHeight: c.MinHeight, BinScale: c.BinScale,
		MinSlope: c.MinSlope, MaxSlope: c.MaxSlope, SlopeShift: c.SlopeShift,
		Clipped: c.Slope == graph.ClippedSlope, Clip: c.Clip, LearnedEnds: c.LearnedEnds, Boxed: c.Boxed,
	}}
	var frees []func()
	units := func(v *value, l loc) loc {
		l, free := e.units(v, l)
		frees = append(frees, free)
		return l
	}
	at := func(l loc, k int) operand { return e.operand(l.at(k)) }
	rows, d := o.in[1].Shape[0], o.in[0].Shape.Size()
	column := func(l loc, k int) loc { return pick(rows, nil, func(p int) cell { return l.at(p*d + k) }) }
	vectors := []*value{o.in[0]}
	if vjp {
		vectors = append(vectors, o.in[2], o.in[3])
	}
	var locs []loc
	for _, v := range vectors {
		locs = append(locs, units(v, v.loc))
	}
	for _, k := range columns {
		theta, free := e.regular(o.in[1], column(o.in[1].loc, k))
		frees = append(frees, free)
		s := splineColumn{x: at(locs[0], k), theta: e.operand(theta.start), step: int(theta.step)}
		switch {
		case !vjp:
			s.a, s.b = at(outs[0], k), at(outs[1], k)
		default:
			s.a, s.b = at(locs[1], k), at(locs[2], k)
			next := 0
			if wantX {
				s.gx, next = at(outs[0], k), 1
			} else {
				b, free := e.temp(i.unit)
				frees = append(frees, free)
				s.gx = operand{onTile, b.start}
			}
			if wantTheta {
				g := column(outs[next], k)
				s.gtheta, s.gstep, i.wantTheta = e.operand(g.start), int(g.step), true
			}
			i.gradient = true
		}
		i.columns = append(i.columns, s)
	}
	i.flatten(e)
	e.add(i)
	for _, free := range frees {
		free()
	}
}

// spline runs the kernel on each of some columns.
type spline[T matrix.Float] struct {
	f                            func(y, l, x, theta []T, ld, lanes int, c *simd.SplineParams, inverse bool)
	vjp                          func(gx, gtheta []T, ldGrad int, gy, gl, x, theta []T, ld, lanes int, c *simd.SplineParams, inverse bool)
	params                       simd.SplineParams
	unit                         int
	inverse, gradient, wantTheta bool
	columns                      []splineColumn
	flat                         *flatSpline[T] // for a single row in one lane, where its places allow it
}

// splineColumn is where the operands of one column lie; rows of theta are step units apart.
type splineColumn struct {
	x, theta   operand
	step       int
	a, b       operand // the results y and log-derivative, or their gradients
	gx, gtheta operand
	gstep      int
}

func (i *spline[T]) run(t *tile[T]) {
	if t.lanes == 1 && i.flat != nil {
		i.flat.run(t, i)
		return
	}
	n, rows := i.unit*t.lanes, i.params.Rows()
	for k := range i.columns {
		c := &i.columns[k]
		x, theta := t.span(c.x, i.unit), t.span(c.theta, (rows-1)*c.step+i.unit)
		a, b := t.span(c.a, i.unit), t.span(c.b, i.unit)
		if !i.gradient {
			i.f(a, b, x, theta, c.step*t.lanes, n, &i.params, i.inverse)
			continue
		}
		var gtheta []T
		if i.wantTheta {
			gtheta = t.span(c.gtheta, (rows-1)*c.gstep+i.unit)
		}
		i.vjp(t.span(c.gx, i.unit), gtheta, c.gstep*t.lanes, a, b, x, theta, c.step*t.lanes, n, &i.params, i.inverse)
	}
}
