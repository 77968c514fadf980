package cpu

import (
	"diffeo/cpu/internal/simd"
	"diffeo/graph"
	"diffeo/matrix"
)

// emitter writes the instructions of a program, stage by stage.
type emitter[T matrix.Float] struct {
	p            *Program[T]
	k            *simd.Kernels[T]
	row          bool                  // a row stage: values are on the tile
	stage        int                   // the stage being written
	ops          []*op                 // of the stage
	arena        arena                 // tile memory of the stage
	out          *[]instr[T]           // where instructions go
	wave         int                   // in a shared stage: the depth of the op being written
	slots        map[*value]int        // where values are kept between stages
	turned       *value                // the operand that the weight gradient before transposed, if that is the last thing that used the scratch memory
	turnedAt     int                   // the instructions of the stage then
	joined       map[int][]stretch     // where gradients that stay on the shards may be other than zero, by the place of the first number
	behind       int                   // the wave of the stage before which what row stages add there begins at; 0: nothing was added
	filterCopies map[copied]operand    // what convolutions of this and earlier stages read
	order        *sequence[T]          // in a shared stage: instructions that must run one after the other
	kinds        map[instr[T]]graph.Op // of elementwise instructions, where single rows are to be fast
	crowded      bool                  // weights are so many that they fill the second-level cache: gaps between them cost time
}

// kind notes what an elementwise instruction computes.
func (e *emitter[T]) kind(i instr[T], op graph.Op) instr[T] {
	if e.kinds != nil {
		e.kinds[i] = op
	}
	return i
}

func (e *emitter[T]) add(i instr[T]) {
	if e.row {
		*e.out = append(*e.out, i)
		return
	}
	if e.order != nil {
		e.order.list = append(e.order.list, i)
		return
	}
	s := &e.p.stages[e.stage]
	for len(s.waves) <= e.wave {
		s.waves = append(s.waves, nil)
	}
	s.waves[e.wave] = append(s.waves[e.wave], i)
}

// sequence runs instructions in order, on one worker.
type sequence[T matrix.Float] struct{ list []instr[T] }

func (s *sequence[T]) run(t *tile[T]) {
	for _, i := range s.list {
		i.run(t)
	}
}

// inOrder makes the instructions added until the returned function is called run one after the other, also in a shared stage.
func (e *emitter[T]) inOrder() (end func()) {
	if e.row || e.order != nil {
		return func() {}
	}
	s := &sequence[T]{}
	e.add(s)
	e.order = s
	return func() { e.order = nil }
}

// unit is the number of tile units of one element of v.
func (e *emitter[T]) unit(v *value) int {
	if e.row {
		return max(1, v.Rows)
	}
	return 1
}

// fresh gives v memory of its own.
func (e *emitter[T]) fresh(v *value) loc {
	n := v.Shape.Size()
	if !e.row {
		off := e.p.shared
		e.p.shared += (n + 15) &^ 15 // rows of weights start at full vectors
		return loc{start: sharedCell(bufArena, off), step: -1, n: n}
	}
	b := e.arena.alloc(n * e.unit(v))
	return loc{start: cell(b.start), step: cell(e.unit(v)), n: n, blocks: []*block{b}}
}

// bind says where v lies. Its blocks stay until the last use of v in the stage is written.
func (e *emitter[T]) bind(v *value, l loc) {
	v.loc = l
	if !e.row {
		e.p.ready[v] = e.wave
		return
	}
	for _, b := range l.blocks {
		b.refs++
	}
	e.store(v)
	if v.left == 0 {
		e.drop(v)
	}
}

// used counts one use of v as written. Uses of shared values are not counted: they have memory of their own.
func (e *emitter[T]) used(v *value) {
	if v.left == 0 {
		return
	}
	v.left--
	if v.left == 0 {
		e.drop(v)
	}
}

func (e *emitter[T]) drop(v *value) {
	for _, b := range v.loc.blocks {
		b.refs--
		if b.refs == 0 {
			e.arena.release(b)
		}
	}
}

// temp is tile memory for the time of one instruction; call the function when the instruction is written.
func (e *emitter[T]) temp(units int) (*block, func()) {
	b := e.arena.alloc(units)
	return b, func() { e.arena.release(b) }
}

func (e *emitter[T]) operand(c cell) operand {
	if c.shared() {
		b, off := c.address()
		return operand{b, off}
	}
	return operand{onTile, int(c)}
}

// chunk is the most numbers that one instruction of a shared stage works on, so that workers can share them and none runs long.
const chunk = 8192

// runs cuts an elementwise operation into stretches in which every operand advances by whole units or is one shared number.
func (e *emitter[T]) runs(unit int, dst loc, in ...loc) []run {
	var rs []run
	for i := 0; i < dst.n; {
		r := run{dst: e.operand(dst.at(i))}
		advance := make([]cell, len(in))
		for k, l := range in {
			c := l.at(i)
			r.in[k] = e.operand(c)
			r.same[k] = c.shared() && e.row
			switch {
			case r.same[k]:
			case !e.row:
				advance[k] = -1
				if i+1 < dst.n && l.at(i+1) == c {
					r.same[k], advance[k] = true, 0
				}
			default:
				advance[k] = cell(unit)
			}
		}
		forward := cell(unit)
		if !e.row {
			forward = -1
		}
		n := 1
		if rest := dst.n - i; rest > 1 && steady(forward, advance, dst, in) {
			if n = rest; !e.row {
				n = min(n, chunk)
			}
		}
		for i+n < dst.n {
			ok := dst.at(i+n) == dst.at(i)+cell(n)*forward
			for k, l := range in {
				ok = ok && l.at(i+n) == l.at(i)+cell(n)*advance[k]
			}
			if !ok || !e.row && n == chunk {
				break
			}
			n++
		}
		r.n = n * unit
		rs = append(rs, r)
		i += n
	}
	return rs
}

// steady reports whether cells without lists go on by these steps to their ends.
func steady(forward cell, advance []cell, dst loc, in []loc) bool {
	if dst.list != nil || dst.step != forward {
		return false
	}
	for k, l := range in {
		if l.list != nil || l.step != advance[k] {
			return false
		}
	}
	return true
}

// spread adds an elementwise instruction; in a shared stage as several, which different workers may take.
func (e *emitter[T]) spread(rs []run, make func(rs []run) instr[T]) {
	if e.row {
		if len(rs) > 0 {
			e.add(make(rs))
		}
		return
	}
	for from := 0; from < len(rs); {
		to, n := from, 0
		for to < len(rs) && (n == 0 || n+rs[to].n <= chunk) {
			n += rs[to].n
			to++
		}
		e.add(make(rs[from:to:to]))
		from = to
	}
}

// copyTo writes the elements of from to dst.
func (e *emitter[T]) copyTo(unit int, dst, from loc) {
	rs := e.runs(unit, dst, from)
	e.spread(rs, func(rs []run) instr[T] { return &move[T]{e.k.Copy, e.k.Fill, rs} })
}

// units makes every element of l a unit on the tile (in a shared stage: numbers of their own), copying those that are shared
// numbers; free gives the copy back.
func (e *emitter[T]) units(v *value, l loc) (loc, func()) {
	whole := true
	for i := range l.n {
		if e.row && l.at(i).shared() {
			whole = false
			break
		}
		if l.list == nil {
			break
		}
	}
	if !e.row && l.n > 1 {
		for i := 1; i < l.n && whole; i++ {
			whole = l.at(i) != l.at(i-1)
			if l.list == nil {
				break
			}
		}
	}
	if whole {
		return l, func() {}
	}
	return e.packed(v, l)
}

// packed is a copy of l in one piece.
func (e *emitter[T]) packed(v *value, l loc) (loc, func()) {
	unit := e.unit(v)
	if !e.row {
		d := e.fresh(&value{Type: graph.Type{Shape: graph.Shape{l.n}}})
		e.copyTo(unit, d, l)
		e.wave++ // what follows reads the copy
		return d, func() { e.wave-- }
	}
	b, free := e.temp(l.n * unit)
	d := loc{start: cell(b.start), step: cell(unit), n: l.n}
	e.copyTo(unit, d, l)
	return d, free
}

// known is the value of a shared constant.
func (e *emitter[T]) known(c cell) (T, bool) {
	if !c.shared() {
		return 0, false
	}
	b, off := c.address()
	if b != bufConsts || off >= len(e.p.consts) { // a constant without elements lies at their end
		return 0, false
	}
	return e.p.consts[off], true
}

// constant places numbers among the constants.
func (e *emitter[T]) constant(data []float64) loc {
	off := len(e.p.consts)
	for _, x := range data {
		e.p.consts = append(e.p.consts, T(x))
	}
	return loc{start: sharedCell(bufConsts, off), step: -1, n: len(data)}
}

func (e *emitter[T]) zero() cell { return sharedCell(bufConsts, 0) } // Compile puts it there
