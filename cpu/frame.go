package cpu

import (
	"diffeo/graph"
	"diffeo/matrix"
)

// framed is x [C,H,W] in a frame of zeros, in one piece; free gives the copy back.
func (e *emitter[T]) framed(x *value, s convShape) (loc, func()) {
	unit := e.unit(x)
	if s.taps() == 1 {
		return e.inPiece(x, x.loc)
	}
	if x.loc.framed(s, unit) {
		return loc{start: x.loc.start - s.corner(unit), step: cell(unit), n: x.Shape[0] * s.plane()}, func() {}
	}
	channels := x.Shape[0]
	n := channels * s.plane()
	b, free := e.temp(n * unit)
	dst := loc{start: cell(b.start), step: cell(unit), n: n}
	if src, ok := x.loc.planes(channels, s.pixels(), unit); ok {
		e.add(&intoFrame[T]{convShape: s, unit: unit, src: src, dst: e.operand(dst.start)})
		return dst, free
	}
	top, left := s.high/2, s.wide/2
	e.copyTo(unit, dst, pick(n, nil, func(i int) cell {
		line, column := i%s.plane()/s.columns-top, i%s.columns-left
		if line < 0 || line >= s.height || column < 0 || column >= s.width {
			return e.zero()
		}
		return x.loc.at((i/s.plane()*s.height+line)*s.width + column)
	}))
	return dst, free
}

// planes is where the channels of an image begin on the tile, if the pixels of each lie in one piece.
func (l loc) planes(channels, pixels, unit int) (starts []int, ok bool) {
	starts = make([]int, channels)
	for c := range starts {
		first := l.at(c * pixels)
		starts[c] = int(first)
		for k := range pixels {
			if at := l.at(c*pixels + k); at.shared() || at != first+cell(k*unit) {
				return nil, false
			}
		}
	}
	return starts, true
}

// intoFrame copies an image into a frame of zeros.
type intoFrame[T matrix.Float] struct {
	convShape
	unit int
	src  []int // where each channel begins on the tile
	dst  operand
}

func (i *intoFrame[T]) run(t *tile[T]) {
	r := i.unit * t.lanes
	line, left := i.width*r, i.wide/2*r
	dst := t.span(i.dst, len(i.src)*i.plane()*i.unit)
	at := 0 // up to where dst is written
	for c, start := range i.src {
		next := (c*i.plane()+i.high/2*i.columns)*r + left
		for l := range i.height {
			clear(dst[at:next])
			copy(dst[next:next+line], t.mem[start*t.lanes+l*line:])
			at = next + line
			next += i.columns * r
		}
	}
	clear(dst[at:])
}

// corner is how far the first pixel lies behind the start of its frame.
func (s convShape) corner(unit int) cell { return cell((s.high/2*s.columns + s.wide/2) * unit) }

// framed reports whether an image of the size of s lies in a frame for the window of s.
func (l loc) framed(s convShape, unit int) bool {
	return l.inLines(s, unit) && l.list.outer == cell(s.columns*unit) && l.list.plane == cell(s.plane()*unit)
}

// inLines reports whether an image of the size of s lies in some frame.
func (l loc) inLines(s convShape, unit int) bool {
	c := l.list
	return c != nil && c.high > 0 && c.high == s.height && c.wrap == s.width && c.step == cell(unit)
}

// forConvs gives a result of a convolution its memory: a frame, which the convolutions that read it need anyway, if nobody else does but the gradient of a ReLU.
func (e *emitter[T]) forConvs(v *value, s convShape) loc {
	f, ok := e.window(v, s)
	if !ok {
		return e.fresh(v)
	}
	unit, channels := e.unit(v), v.Shape[0]
	b := e.arena.alloc(channels * f.plane() * unit)
	e.add(&frameEdges[T]{convShape: f, channels: channels, unit: unit, dst: e.operand(cell(b.start))})
	first := cell(b.start) + f.corner(unit)
	return loc{
		start: first, step: cell(unit), n: v.Shape.Size(), blocks: []*block{b},
		list: &cells{start: first, step: cell(unit), outer: cell(f.columns * unit), wrap: f.width, plane: cell(f.plane() * unit), high: f.height},
	}
}

// window is the one that all convolutions that read an image of the pixels of s have, if such are all that need it in a frame, and no other reads more of it than its signs.
func (e *emitter[T]) window(v *value, s convShape) (f convShape, ok bool) {
	if !e.row || v.output || len(v.Shape) != 3 || v.Shape[1] != s.height || v.Shape[2] != s.width {
		return f, false
	}
	for _, u := range v.users {
		if u.stage != e.stage || u.done || u.out[0].inside != v.inside {
			return f, false
		}
		var w graph.Shape
		switch {
		case u.kind == graph.OpGreater && u.in[0] == v && u.in[1] != v:
			continue
		case u.kind == graph.OpConv && u.in[1] == v && u.in[0] != v:
			w = u.in[0].Shape
		case u.kind == graph.OpConvRows && u.in[1] == v && u.in[0] != v:
			w = u.out[0].Shape
		default:
			return f, false
		}
		g := convShapeOf(w, v.Shape)
		if g.taps() == 1 || ok && (g.high != f.high || g.wide != f.wide) {
			return f, false
		}
		f, ok = g, true
	}
	return f, ok
}

// frameEdges writes the zeros around an image that is computed in its frame.
type frameEdges[T matrix.Float] struct {
	convShape
	channels, unit int
	dst            operand
}

func (i *frameEdges[T]) run(t *tile[T]) {
	r := i.unit * t.lanes
	dst := t.span(i.dst, i.channels*i.plane()*i.unit)
	at, next := 0, int(i.corner(i.unit))*t.lanes // from where, and up to where, zeros lie
	for range i.channels {
		for range i.height {
			clear(dst[at:next])
			at = next + i.width*r
			next += i.columns * r
		}
		next += (i.high - 1) * i.columns * r
	}
	clear(dst[at:])
}
