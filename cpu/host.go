package cpu

import (
	"context"
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/matrix"
)

// host is a call of Go code. It cuts the program: the row stage before writes its operands row-major in float64, the call runs on the
// caller's goroutine, and the row stage behind reads its results.
type host struct {
	name    string
	f       graph.HostFunc
	in, out []hostArray
}

// hostArray is a place for an operand or a result: number index of the frame's host buffers.
type hostArray struct {
	index int
	size  int // numbers of a lane
	rows  int // lanes of a row
}

// host notes a call at the beginning of the stage behind its operands.
func (e *emitter[T]) host(o *op) {
	h := e.p.hosts[o]
	s := &e.p.stages[e.stage]
	s.hosts = append(s.hosts, h)
}

// addHost gives a call's operands and results their places.
func (p *Program[T]) addHost(o *op) {
	name, f := graph.HostFunction(o.node)
	h := &host{name: name, f: f}
	place := func(v *value) hostArray {
		p.hostArrays = append(p.hostArrays, max(1, v.Rows)*v.Shape.Size())
		return hostArray{len(p.hostArrays) - 1, v.Shape.Size(), max(1, v.Rows)}
	}
	for _, v := range o.in {
		h.in = append(h.in, place(v))
	}
	for _, v := range o.out {
		h.out = append(h.out, place(v))
	}
	if p.hosts == nil {
		p.hosts = map[*op]*host{}
	}
	p.hosts[o] = h
}

// call runs the function and checks what it returned.
func (h *host) call(ctx context.Context, rows int, buffers [][]float64) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s panicked: %v", h.name, r)
		}
	}()
	views := func(as []hostArray) [][]float64 {
		vs := make([][]float64, len(as))
		for i, a := range as {
			vs[i] = buffers[a.index][:rows*a.rows*a.size]
		}
		return vs
	}
	out := views(h.out)
	if err := h.f(ctx, rows*h.in[0].rows, views(h.in), out); err != nil {
		return fmt.Errorf("%s: %w", h.name, err)
	}
	for k, a := range h.out {
		for i, x := range out[k] {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return fmt.Errorf("%w: %s returned %g for lane %d", fault.ErrNonFinite, h.name, x, i/max(1, a.size))
			}
		}
	}
	return nil
}

// toHost writes the tile's rows of an operand.
type toHost[T matrix.Float] struct {
	a     hostArray
	units []operand
}

func (i *toHost[T]) run(t *tile[T]) {
	dst := t.hostData[i.a.index][t.row0*i.a.rows*i.a.size:]
	for k, u := range i.units {
		for l := range t.rows * i.a.rows {
			if u.buffer == onTile {
				dst[l*i.a.size+k] = float64(t.mem[u.off*t.lanes+l])
			} else {
				dst[l*i.a.size+k] = float64(t.number(u))
			}
		}
	}
}

// fromHost reads the tile's rows of a result; lanes beyond the last row repeat it.
type fromHost[T matrix.Float] struct {
	a   hostArray
	dst operand
}

func (i *fromHost[T]) run(t *tile[T]) {
	src := t.hostData[i.a.index][t.row0*i.a.rows*i.a.size:]
	lanes := i.a.rows * t.lanes
	dst := t.span(i.dst, i.a.size*i.a.rows)
	for k := range i.a.size {
		for l := range lanes {
			dst[k*lanes+l] = T(src[min(l, t.rows*i.a.rows-1)*i.a.size+k])
		}
	}
}
