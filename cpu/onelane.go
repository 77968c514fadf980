package cpu

import (
	"diffeo/graph"
	"diffeo/matrix"
)

// In one lane the values of a small flow are a few numbers each, and reaching a kernel takes longer than its work. So a program that runs
// single rows in one lane has a second list of the stage's instructions, in which stretches of simple operations are one chain: the numbers
// are computed in plain Go, which rounds them as the kernels do.

// link is one operation of a chain: f of n numbers. Operands without a place of their own are a single number.
type link[T matrix.Float] struct {
	op        linkOp
	n         int
	dst, a, b int // units of the tile
	c         int
	s         operand // of the single number, in a shared buffer
	f         func(dst, a []T)
	fold      *fold[T]
}

type linkOp uint8

const (
	linkCall linkOp = iota // f
	linkFold
	linkCopy
	linkFill
	linkNeg
	linkReLU
	linkAdd
	linkSub
	linkMul
	linkDiv
	linkMax
	linkMin
	linkSelect
	linkAddS // a ∘ s; Max and Min below, too
	linkSubS
	linkMulS
	linkDivS
	linkMaxS
	linkMinS
	linkRSubS // s ∘ a
	linkRDivS
)

// fewNumbers is the most numbers of a link: kernels are faster with more.
const fewNumbers = 24

var simpleUnary = map[graph.Op]linkOp{graph.OpNeg: linkNeg, graph.OpReLU: linkReLU}

var simpleBinary = map[graph.Op][3]linkOp{ // of two operands, with a number on the right, on the left
	graph.OpAdd: {linkAdd, linkAddS, linkAddS},
	graph.OpSub: {linkSub, linkSubS, linkRSubS},
	graph.OpMul: {linkMul, linkMulS, linkMulS},
	graph.OpDiv: {linkDiv, linkDivS, linkRDivS},
	graph.OpMax: {linkMax, linkMaxS, linkMaxS},
	graph.OpMin: {linkMin, linkMinS, linkMinS},
}

// chain runs its links in one lane.
type chain[T matrix.Float] struct{ links []link[T] }

// chained is a row stage's list with stretches of two or more simple instructions joined.
func chained[T matrix.Float](list []instr[T], kinds map[instr[T]]graph.Op) []instr[T] {
	var out []instr[T]
	var links []link[T]
	from := 0 // of the stretch
	end := func(to int) {
		if to-from > 1 {
			out = append(out, &chain[T]{links})
		} else {
			out = append(out, list[from:to]...)
		}
		links = nil
	}
	for k, i := range list {
		more, ok := linksOf(i, kinds[i])
		if !ok {
			end(k)
			out = append(out, i)
			from = k + 1
			continue
		}
		links = append(links, more...)
	}
	end(len(list))
	return out
}

// linksOf takes an instruction apart, if it is simple and small.
func linksOf[T matrix.Float](i instr[T], kind graph.Op) ([]link[T], bool) {
	var links []link[T]
	each := func(rs []run, f func(r *run, l *link[T]) bool) bool {
		for k := range rs {
			r := &rs[k]
			l := link[T]{n: r.n, dst: r.dst.off, a: r.in[0].off, b: r.in[1].off, c: r.in[2].off}
			if r.n > fewNumbers || r.dst.buffer != onTile || !f(r, &l) {
				return false
			}
			links = append(links, l)
		}
		return true
	}
	ok := false
	switch i := i.(type) {
	case *elementwise1[T]:
		ok = kind != "" && each(i.runs, func(r *run, l *link[T]) bool {
			l.op, l.f = simpleUnary[kind], i.f
			return r.in[0].buffer == onTile
		})
	case *elementwise2[T]:
		ops, simple := simpleBinary[kind]
		ok = simple && each(i.runs, func(r *run, l *link[T]) bool {
			switch {
			case r.same[1]:
				l.op, l.s = ops[1], r.in[1]
				return r.in[0].buffer == onTile && l.s.buffer != onTile
			case r.same[0]:
				l.op, l.s, l.a = ops[2], r.in[0], r.in[1].off
				return r.in[1].buffer == onTile && l.s.buffer != onTile
			}
			l.op = ops[0]
			return r.in[0].buffer == onTile && r.in[1].buffer == onTile
		})
	case *elementwise3[T]:
		ok = kind == graph.OpSelect && each(i.runs, func(r *run, l *link[T]) bool {
			l.op = linkSelect
			return r.in[0].buffer == onTile && r.in[1].buffer == onTile && r.in[2].buffer == onTile
		})
	case *move[T]:
		ok = each(i.runs, func(r *run, l *link[T]) bool {
			l.op = linkCopy
			if r.same[0] {
				l.op, l.s = linkFill, r.in[0]
				return l.s.buffer != onTile
			}
			return r.in[0].buffer == onTile
		})
	case *fold[T]:
		links = []link[T]{{op: linkFold, n: i.unit, dst: i.dst.off, a: i.in[0].off, fold: i}}
		ok = i.dst.buffer == onTile
	}
	return links, ok
}

func (c *chain[T]) run(t *tile[T]) {
	for k := range c.links {
		l := &c.links[k]
		dst := t.mem[l.dst:][:l.n]
		a := t.mem[l.a:][:len(dst)]
		if l.op >= linkAddS {
			l.withNumber(dst, a, t.buffers[l.s.buffer][l.s.off])
			continue
		}
		switch l.op {
		case linkCall:
			l.f(dst, a)
		case linkFold:
			l.fold.run(t)
		case linkCopy:
			copy(dst, a)
		case linkFill:
			s := t.buffers[l.s.buffer][l.s.off]
			for i := range dst {
				dst[i] = s
			}
		case linkNeg:
			for i, x := range a {
				dst[i] = -x
			}
		case linkReLU:
			for i, x := range a {
				if x < 0 {
					x = 0
				}
				dst[i] = x
			}
		case linkSelect:
			b, c := t.mem[l.b:][:len(dst)], t.mem[l.c:][:len(dst)]
			for i, x := range a {
				if x != 0 {
					dst[i] = b[i]
				} else {
					dst[i] = c[i]
				}
			}
		default:
			l.withNumbers(dst, a, t.mem[l.b:][:len(dst)])
		}
	}
}

func (l *link[T]) withNumbers(dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	switch l.op {
	case linkAdd:
		for i := range dst {
			dst[i] = a[i] + b[i]
		}
	case linkSub:
		for i := range dst {
			dst[i] = a[i] - b[i]
		}
	case linkMul:
		for i := range dst {
			dst[i] = a[i] * b[i]
		}
	case linkDiv:
		for i := range dst {
			dst[i] = a[i] / b[i]
		}
	case linkMax:
		for i := range dst {
			dst[i] = max(a[i], b[i])
		}
	case linkMin:
		for i := range dst {
			dst[i] = min(a[i], b[i])
		}
	}
}

func (l *link[T]) withNumber(dst, a []T, s T) {
	a = a[:len(dst)]
	switch l.op {
	case linkAddS:
		for i := range dst {
			dst[i] = a[i] + s
		}
	case linkSubS:
		for i := range dst {
			dst[i] = a[i] - s
		}
	case linkMulS:
		for i := range dst {
			dst[i] = a[i] * s
		}
	case linkDivS:
		for i := range dst {
			dst[i] = a[i] / s
		}
	case linkMaxS:
		for i := range dst {
			dst[i] = max(a[i], s)
		}
	case linkMinS:
		for i := range dst {
			dst[i] = min(a[i], s)
		}
	case linkRSubS:
		for i := range dst {
			dst[i] = s - a[i]
		}
	case linkRDivS:
		for i := range dst {
			dst[i] = s / a[i]
		}
	}
}
