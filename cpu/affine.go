package cpu

import (
	"diffeo/cpu/internal/simd"
	"diffeo/graph"
	"diffeo/matrix"
)

// affineOf is what a composite of package graph's affine map says: its configuration, and whether it is the derivative.
func affineOf(c graph.Composed) (config graph.AffineConfig, vjp, ok bool) {
	config, ok = c.Config.(graph.AffineConfig)
	return config, c.Name == graph.AffineVJPOp, ok
}

// affineColumns adds the instruction for some columns of an affine map or of its gradients, whose results lie in outs.
func (e *emitter[T]) affineColumns(o *op, columns []int, outs []loc) {
	c, vjp, _ := affineOf(o.attr.(graph.Composed))
	i := &affine[T]{f: e.k.Affine, vjp: e.k.AffineVJP, gradient: vjp,
		params: simd.AffineParams{Bound: c.Bound, Soft: c.Scale == graph.SoftScale, Divide: c.Divide, Centered: c.Centered}}
	var rows []loc // the kernel's operands, [D] each
	d, unit := o.in[0].Shape.Size(), e.unit(o.out[0])
	split := func(l loc) { // [D] or [2,D]
		for from := 0; from < l.n; from += d {
			rows = append(rows, pick(d, nil, func(k int) cell { return l.at(from + k) }))
		}
	}
	for _, l := range outs {
		split(l)
	}
	i.results = len(rows)
	for _, v := range o.in {
		l, free := e.readable(v)
		defer free()
		split(l)
	}
	i.operands = len(rows)
	for _, k := range columns {
		next := affineRun{cols: 1, units: unit}
		for j, l := range rows {
			next.at[j] = e.operand(l.at(k)).off
		}
		if last := len(i.runs) - 1; last < 0 || !i.runs[last].extend(&next, i.operands) {
			i.runs = append(i.runs, next)
		}
	}
	for k := range i.runs {
		i.runs[k].join(i.operands)
		if st := &e.p.stages[e.stage]; unit == 1 && e.kinds != nil { // for a single row in one lane
			st.scratch = max(st.scratch, (i.operands*i.runs[k].cols+e.p.lane()-1)/e.p.lane())
		}
	}
	e.add(i)
}

// readable is v in units of the tile. Where all of its elements are one shared number they are one unit.
func (e *emitter[T]) readable(v *value) (loc, func()) {
	l := v.loc
	if l.n > 1 && l.list == nil && l.step == 0 && l.start.shared() {
		one, free := e.packed(v, loc{start: l.start, n: 1})
		return loc{start: one.start, n: l.n}, free
	}
	return e.units(v, l)
}

// affine runs the kernel on stretches of columns.
type affine[T matrix.Float] struct {
	f                 func(o *simd.AffineOperands[T], cols, n int, c *simd.AffineParams)
	vjp               func(o *simd.AffineGradients[T], cols, n int, c *simd.AffineParams)
	params            simd.AffineParams
	gradient          bool
	results, operands int // of the kernel; results come first and are operands too
	runs              []affineRun
}

// affineRun is columns whose operands lie at equal steps, in units of the tile.
type affineRun struct {
	cols, units int // units of a column
	at, step    [affineOperands]int
}

// affineOperands is the most operands that a kernel has.
const affineOperands = 7

// extend takes one column more in, if it lies at the steps.
func (r *affineRun) extend(next *affineRun, operands int) bool {
	var step [affineOperands]int
	for j := range operands {
		step[j] = next.at[j] - r.at[j] - (r.cols-1)*r.step[j]
		if step[j] < 0 || r.cols > 1 && step[j] != r.step[j] {
			return false
		}
	}
	r.cols, r.step = r.cols+1, step
	return true
}

// join makes columns that lie side by side in every operand one long column.
func (r *affineRun) join(operands int) {
	for j := range operands {
		if r.step[j] != r.units {
			return
		}
	}
	r.cols, r.units = 1, r.cols*r.units
}

func (i *affine[T]) run(t *tile[T]) {
	c := &t.columns
	for k := range i.runs {
		r := &i.runs[k]
		for j := range i.operands {
			n := (r.cols-1)*r.step[j] + r.units
			c[j].Data, c[j].Step = t.mem[r.at[j]*t.lanes:][:n*t.lanes], r.step[j]*t.lanes
		}
		if t.lanes == 1 && r.cols > 1 {
			i.oneLane(t, r, c)
		} else {
			i.call(c, r.cols, r.units*t.lanes)
		}
	}
}

func (i *affine[T]) call(c *simd.AffineGradients[T], cols, n int) {
	if i.gradient {
		i.vjp(c, cols, n, &i.params)
	} else {
		i.f((*simd.AffineOperands[T])(c[:5]), cols, n, &i.params)
	}
}

// oneLane brings the columns of a single row together: they take the place of lanes.
func (i *affine[T]) oneLane(t *tile[T], r *affineRun, c *simd.AffineGradients[T]) {
	apart := *c
	for j := range i.operands {
		c[j] = simd.Columns[T]{Data: t.scratch[j*r.cols:][:r.cols]}
		if j >= i.results {
			for k := range c[j].Data {
				c[j].Data[k] = apart[j].Data[k*r.step[j]]
			}
		}
	}
	i.call(c, 1, r.cols)
	for j := range i.results {
		for k, x := range c[j].Data {
			apart[j].Data[k*r.step[j]] = x
		}
	}
}
