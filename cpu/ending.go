package cpu

import "diffeo/graph"

// ending is what is done to a product in the pass that computes it.
type ending struct {
	bias    operand // one number for each row
	hasBias bool
	relu    bool
	mask    operand // where it is not above 0 the result is 0
	ldMask  int     // units between its rows
	lineOff int     // and between the lines of an image in a row
	hasMask bool

	// Only while compiling: whether the product can be added to what lies where it goes, and the value that it is added to so.
	adds bool
	onto *value
	// Likewise the image that a row is, where lines are computed one after the other.
	image *convShape
}

// oneEach reports whether l is m shared numbers one after the other, each of them n times.
func oneEach(l loc, m, n int) bool {
	if l.n != m*n || l.n == 0 || !l.start.shared() || !l.at(l.n-1).beside(l.start) {
		return false
	}
	switch {
	case n == 1:
		return l.list == nil && (l.step == -1 || m == 1)
	case m == 1:
		return l.list == nil && l.step == 0
	}
	return l.list != nil && l.list.grid(n) && l.list.step == 0 && l.list.outer == -1
}

// epilogue finds what follows a product of m rows of n elements and can be done in the same pass: a shared bias, one number for each row, or another
// value onto which the product is added where it lies; a ReLU, or the gradient of a ReLU. It returns the last of the absorbed ops.
func (e *emitter[T]) epilogue(o *op, g *ending, m, n, unit int) (*op, []*op) {
	last := o
	var absorbed, tail []*op // tail: reshapes that count only if something follows
	for {
		v := last.out[0]
		if len(tail) > 0 {
			v = tail[len(tail)-1].out[0]
		}
		if v.output || len(v.users) != 1 {
			break
		}
		next := v.users[0]
		if next.stage != e.stage || next.done || next.out[0].inside != o.out[0].inside {
			break
		}
		taken := []*op{next}
		switch next.kind {
		case graph.OpReshape:
			tail = append(tail, next)
			continue
		case graph.OpAdd:
			bias := next.in[0]
			if bias == v {
				bias = next.in[1]
			}
			if g.adds && g.onto == nil && !g.hasBias && !g.relu && e.givesPlace(bias, v) {
				g.onto = bias
				break
			}
			if bias.Rows != 0 || g.onto != nil || g.hasBias || g.relu || bias == v || !oneEach(bias.loc, m, n) {
				return last, absorbed
			}
			g.bias, g.hasBias = e.operand(bias.loc.start), true
		case graph.OpReLU:
			if g.relu {
				return last, absorbed
			}
			g.relu = true
		case graph.OpSelect:
			y, compare := e.reluGradient(next, v)
			if y == nil || g.relu || !e.masks(y.loc, g, n, unit) {
				return last, absorbed
			}
			if !compare.done {
				taken = append(taken, compare)
			}
			absorbed = append(append(absorbed, tail...), taken...)
			return next, absorbed
		default:
			return last, absorbed
		}
		absorbed = append(append(absorbed, tail...), taken...)
		tail, last = nil, next
	}
	return last, absorbed
}

// masks makes a value of rows of n elements the mask, where it lies as one can.
func (e *emitter[T]) masks(y loc, g *ending, n, unit int) bool {
	switch {
	case y.n == 1:
		g.ldMask = unit
	case y.list == nil && (n == 1 || y.step == cell(unit)):
		g.ldMask = n * int(y.step)
	case y.list != nil && g.image != nil && y.inLines(*g.image, unit):
		g.ldMask = int(y.list.plane)
	default:
		return false
	}
	if g.image != nil {
		g.lineOff = g.image.width * unit
		if y.list != nil {
			g.lineOff = int(y.list.outer)
		}
	}
	g.mask, g.hasMask = e.operand(y.start), true
	return true
}

// givesPlace reports whether nothing needs u any more when v is added to it, so that the sum can stand in its place.
func (e *emitter[T]) givesPlace(u, v *value) bool {
	l := u.loc
	return u != v && u.Rows == v.Rows && u.inside == 0 && v.inside == 0 && !u.output && u.left == 1 && l.n == v.Shape.Size() && l.list == nil &&
		(l.n == 1 || l.step == cell(e.unit(v))) && !l.start.shared() && len(l.blocks) == 1 && l.blocks[0].refs == 1
}

// reluGradient recognises Select(y > 0, g, 0), where y > 0 is known already or nothing else needs it, and returns y and the comparison.
func (e *emitter[T]) reluGradient(s *op, g *value) (*value, *op) {
	compare := s.in[0].def
	if s.in[1] != g || s.in[0] == g || compare == nil || compare.kind != graph.OpGreater ||
		!compare.done && (len(s.in[0].users) != 1 || s.in[0].output) {
		return nil, nil
	}
	zero := func(v *value) bool {
		l := v.loc
		if l.n == 0 {
			l = e.constantLoc(v)
		}
		if l.n == 0 || l.list != nil || l.step != 0 && l.n > 1 {
			return false
		}
		x, ok := e.known(l.start)
		return ok && x == 0
	}
	y := compare.in[0]
	if !zero(s.in[2]) || !zero(compare.in[1]) || y == g || y.loc.n == 0 || y.loc.list != nil && y.loc.list.high == 0 || y.loc.n > 1 && y.loc.step < 0 || y.loc.start.shared() || y.left == 0 {
		return nil, nil
	}
	return y, compare
}

// constantLoc looks ahead: where a broadcast constant will lie that is not yet written.
func (e *emitter[T]) constantLoc(v *value) loc {
	for v.def != nil && v.loc.n == 0 && (v.def.kind == graph.OpBroadcast || v.def.kind == graph.OpOnRows) {
		v = v.def.in[0]
	}
	if v.loc.n == 1 {
		return v.loc
	}
	return loc{}
}

// absorb counts the uses of an op and of those that its instruction does besides.
func (e *emitter[T]) absorb(o *op, absorbed []*op) {
	e.usedAll(o)
	for _, p := range absorbed {
		p.done = true
		for _, u := range p.in {
			if u.loc.n > 0 { // those between the absorbed ops never existed
				e.used(u)
			}
		}
	}
}
