package cpu

import "diffeo/graph"

// Where a value lies is a list of cells, one for each element of a row's value in row-major order. A cell is either a
// lane row of the tile (a unit: as many numbers as the tile has rows) or one shared number. Slices, permutations, concatenations,
// broadcasts and padding only make new lists; no data moves.
type cell int64

// bufferBits is the room for the offset within a buffer of shared numbers.
const bufferBits = 40

func sharedCell(buffer, offset int) cell { return -1 - cell(buffer)<<bufferBits - cell(offset) }

func (c cell) shared() bool { return c < 0 }

// address splits a shared cell.
func (c cell) address() (buffer, offset int) {
	a := int64(-1 - c)
	return int(a >> bufferBits), int(a & (1<<bufferBits - 1))
}

// beside reports whether two cells lie in the same memory: the tile or one buffer.
func (c cell) beside(d cell) bool {
	if !c.shared() || !d.shared() {
		return c.shared() == d.shared()
	}
	a, _ := c.address()
	b, _ := d.address()
	return a == b
}

// loc is a list of n cells: start, start+step, …, or list where the steps differ. Without a list they all lie in one memory.
type loc struct {
	start, step cell
	n           int
	list        *cells
	blocks      []*block // the tile memory that the cells lie in
}

// cells are those of a loc one by one, or, without them, a grid: rows of wrap cells each, step apart, which begin outer apart. A transposed
// matrix is a grid, and so is an image in its frame, of which high rows are a plane; planes begin plane apart. Its cells lie in one memory.
type cells struct {
	each               []cell
	start, step, outer cell
	wrap               int
	plane              cell
	high               int // 0: there are no planes
}

func (c *cells) at(i int) cell {
	if c.each != nil {
		return c.each[i]
	}
	row, above := i/c.wrap, cell(0)
	if c.high > 0 {
		row, above = row%c.high, cell(row/c.high)*c.plane
	}
	return c.start + above + cell(row)*c.outer + cell(i%c.wrap)*c.step
}

// grid reports whether the cells are known to be rows of so many at equal steps.
func (c *cells) grid(cols int) bool { return c.each == nil && c.high == 0 && c.wrap == cols }

func (l loc) at(i int) cell {
	if l.list != nil {
		return l.list.at(i)
	}
	return l.start + cell(i)*l.step
}

// turned is the transpose of a matrix of rows × cols cells, where it takes no list.
func (l loc) turned(rows, cols int) (loc, bool) {
	if rows < 2 || cols < 2 {
		return l, rows*cols > 0
	}
	inner, outer := l.step, cell(cols)*l.step // steps of the columns and the rows
	if l.list != nil {
		if !l.list.grid(cols) {
			return l, false
		}
		outer = l.list.outer
	}
	t := loc{start: l.start, step: outer, n: l.n, blocks: l.blocks}
	if inner != cell(rows)*outer {
		t.list = &cells{start: l.start, step: outer, outer: inner, wrap: rows}
	}
	return t, true
}

// sameCells reports whether two lists are the same.
func sameCells(a, b loc) bool {
	if a.list == nil && b.list == nil {
		return a.n == b.n && (a.n == 0 || a.start == b.start && (a.n == 1 || a.step == b.step))
	}
	if a.n != b.n {
		return false
	}
	for i := range a.n {
		if a.at(i) != b.at(i) {
			return false
		}
	}
	return true
}

// pick is the list of cells f(0), f(1), … f(n−1).
func pick(n int, blocks []*block, f func(i int) cell) loc {
	if n == 0 {
		return loc{blocks: blocks}
	}
	list := make([]cell, n)
	for i := range list {
		list[i] = f(i)
	}
	l := loc{start: list[0], n: n, list: &cells{each: list}, blocks: blocks}
	if n > 1 {
		l.step = list[1] - list[0]
	}
	if !l.start.beside(list[n-1]) { // two cells have one step always, even from the tile to a shared number
		return l
	}
	for i, c := range list {
		if c != l.start+cell(i)*l.step {
			return l
		}
	}
	l.list = nil
	return l
}

// block is a run of units of tile memory that values share; it is free again when no value refers to it.
type block struct {
	start, units, refs int
}

// arena hands out tile memory at compile time, first fit.
type arena struct {
	free []block // sorted by start
	size int     // the most units ever in use
}

func (a *arena) alloc(units int) *block {
	for i, f := range a.free {
		if f.units >= units {
			b := &block{start: f.start, units: units}
			a.free[i].start += units
			a.free[i].units -= units
			if a.free[i].units == 0 {
				a.free = append(a.free[:i], a.free[i+1:]...)
			}
			return b
		}
	}
	start := a.size
	if k := len(a.free) - 1; k >= 0 && a.free[k].start+a.free[k].units == a.size {
		start = a.free[k].start // the last gap grows
		a.free = a.free[:k]
	}
	a.size = start + units
	return &block{start: start, units: units}
}

func (a *arena) release(b *block) {
	i := 0
	for i < len(a.free) && a.free[i].start < b.start {
		i++
	}
	a.free = append(a.free, block{})
	copy(a.free[i+1:], a.free[i:])
	a.free[i] = block{start: b.start, units: b.units}
	if i+1 < len(a.free) && b.start+b.units == a.free[i+1].start {
		a.free[i].units += a.free[i+1].units
		a.free = append(a.free[:i+1], a.free[i+2:]...)
	}
	if i > 0 && a.free[i-1].start+a.free[i-1].units == b.start {
		a.free[i-1].units += a.free[i].units
		a.free = append(a.free[:i], a.free[i+1:]...)
	}
}

// source tells, for a view, which element of which operand element i of the result is; operand −1 is a zero.
func source(o *op) func(i int) (operand, element int) {
	out := o.out[0].Shape
	switch o.kind {
	case graph.OpReshape, graph.OpOnRows:
		return func(i int) (int, int) { return 0, i }
	case opGather:
		list := o.attr.(gathered)
		return func(i int) (int, int) { return list[i][0], list[i][1] }
	case graph.OpBroadcast:
		shape := o.in[0].Shape
		lead := len(out) - len(shape)
		return func(i int) (int, int) {
			at, stride := 0, 1
			for k := len(out) - 1; k >= lead; k-- {
				if shape[k-lead] > 1 {
					at += i % out[k] * stride
				}
				stride *= shape[k-lead]
				i /= out[k]
			}
			return 0, at
		}
	case graph.OpTranspose:
		order, shape := o.attr.(graph.Ints), o.in[0].Shape
		stride := make([]int, len(shape))
		for k, n := len(shape)-1, 1; k >= 0; k-- {
			stride[k], n = n, n*shape[k]
		}
		return func(i int) (int, int) {
			at := 0
			for k := len(out) - 1; k >= 0; k-- {
				at += i % out[k] * stride[order[k]]
				i /= out[k]
			}
			return 0, at
		}
	case graph.OpConcat:
		axis := int(o.attr.(graph.Axis))
		inner := out[axis+1:].Size()
		return func(i int) (int, int) {
			j, rest := i/inner%out[axis], i/(inner*out[axis])
			for k, v := range o.in {
				if n := v.Shape[axis]; j >= n {
					j -= n
				} else {
					return k, (rest*n+j)*inner + i%inner
				}
			}
			return -1, 0
		}
	}
	var axis int
	var moved func(j int) int // position along the axis in the operand, −1: none
	switch a := o.attr.(type) {
	case graph.Range:
		axis = a.Axis
		moved = func(j int) int { return a.From + j }
		if o.kind == graph.OpPad {
			moved = func(j int) int {
				if j < a.From || j >= a.To {
					return -1
				}
				return j - a.From
			}
		}
	case graph.Indices:
		axis = a.Axis
		moved = func(j int) int { return a.Index[j] }
	}
	inner, length := out[axis+1:].Size(), o.in[0].Shape[axis]
	return func(i int) (int, int) {
		j := moved(i / inner % out[axis])
		if j < 0 {
			return -1, 0
		}
		return 0, (i/(inner*out[axis])*length+j)*inner + i%inner
	}
}
