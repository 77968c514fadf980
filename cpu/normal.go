package cpu

import (
	"diffeo/cpu/internal/simd"
	"diffeo/matrix"
)

// normalLog writes the log-density of standard normals, whose squares are neither stored nor read again.
func (e *emitter[T]) normalLog(o *op) {
	v := o.out[0]
	dst := e.fresh(v)
	x, free := e.regular(o.in[0], o.in[0].loc)
	e.add(&normalLog[T]{f: e.k.NormalLog, dst: e.operand(dst.start), x: e.operand(x.start), step: int(x.step), cols: x.n, unit: e.unit(v)})
	free()
	e.bind(v, dst)
}

// normalLog is dst = log N(x; 0, 1) of columns that lie step units apart.
type normalLog[T matrix.Float] struct {
	f                func(dst []T, x simd.Columns[T], cols, n int)
	dst, x           operand
	step, cols, unit int
}

func (i *normalLog[T]) run(t *tile[T]) {
	x := simd.Columns[T]{Data: t.span(i.x, (i.cols-1)*i.step+i.unit), Step: i.step * t.lanes}
	i.f(t.span(i.dst, i.unit), x, i.cols, i.unit*t.lanes)
}
