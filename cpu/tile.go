package cpu

import (
	"diffeo/cpu/internal/simd"
	"diffeo/matrix"
)

// instr is one step of a compiled stage, run on one tile after the other. In a shared stage there is a single tile whose
// units are single numbers.
type instr[T matrix.Float] interface{ run(t *tile[T]) }

// operand is where an instruction reads or writes: units of tile memory, or numbers of a shared buffer.
type operand struct {
	buffer int // onTile, or the number of a shared buffer
	off    int // in units on the tile, in numbers in a buffer
}

const onTile = -1

// The shared buffers of a frame, before those of the caller.
const (
	bufArena   = iota // shared values that the program computes
	bufConsts         // constants
	bufShards         // what shards have summed, before it is brought together: no buffer of the frame
	bufFilters        // filters in the order of the convolution that comes next: no buffer of the frame, but of each tile
	bufCaller         // the first of the inputs, which the outputs follow
)

// tile is what a worker computes on: a few rows of the batch, feature-major.
type tile[T matrix.Float] struct {
	*frame[T]
	mem     []T // the stage's values, in units of lanes numbers
	scratch []T // a transposed operand
	filters []T // those of bufFilters, and memory for bringing them there
	pack    []T // simd.GemmScratch numbers for a product's own use
	lanes   int // rows, rounded up so that vectors are full; 1 in a shared stage
	rows    int // rows of the batch in this tile
	row0    int // the first of them
	acc     []T // sums over the rows of the shard
	acc64   []float64
	first   bool // of its shard: sums are stored, not added to

	// What kernels are told, which would escape from the stack.
	columns  simd.AffineGradients[T] // operands of an affine map
	winograd [2]simd.WinogradTiles   // of x and y
	repeat   run                     // the one that is done, of those that come again
}

// span is n units from an operand on, or n numbers of a shared buffer.
func (t *tile[T]) span(o operand, n int) []T {
	if o.buffer == onTile {
		return t.mem[o.off*t.lanes : (o.off+n)*t.lanes]
	}
	if o.buffer == bufFilters {
		return t.filters[o.off : o.off+n]
	}
	return t.buffers[o.buffer][o.off : o.off+n]
}

// number is a shared number, or the first lane of a unit.
func (t *tile[T]) number(o operand) T {
	if o.buffer == onTile {
		return t.mem[o.off*t.lanes]
	}
	return t.buffers[o.buffer][o.off]
}

// run is a stretch of an elementwise operation: n units whose operands advance together. An operand marked in same is a
// single number for all of them.
type run struct {
	n    int
	dst  operand
	in   [3]operand
	same [3]bool
	more *again // nil: none
}

// elementwise1 is dst = f(a).
type elementwise1[T matrix.Float] struct {
	f    func(dst, a []T)
	runs []run
}

func (i *elementwise1[T]) run(t *tile[T]) {
	t.each(i.runs, func(r *run) { i.f(t.span(r.dst, r.n), t.span(r.in[0], r.n)) })
}

// elementwise2 is dst = f(a, b), with kernels for the case that one of them is a number.
type elementwise2[T matrix.Float] struct {
	f     func(dst, a, b []T)
	right func(dst, a []T, s T) // f(a, s)
	left  func(dst, a []T, s T) // f(s, a)
	runs  []run
}

func (i *elementwise2[T]) run(t *tile[T]) {
	t.each(i.runs, func(r *run) {
		dst := t.span(r.dst, r.n)
		switch {
		case r.same[1]:
			i.right(dst, t.span(r.in[0], r.n), t.number(r.in[1]))
		case r.same[0]:
			i.left(dst, t.span(r.in[1], r.n), t.number(r.in[0]))
		default:
			i.f(dst, t.span(r.in[0], r.n), t.span(r.in[1], r.n))
		}
	})
}

// elementwise3 is dst = f(a, b, c) of units.
type elementwise3[T matrix.Float] struct {
	f    func(dst, a, b, c []T)
	runs []run
}

func (i *elementwise3[T]) run(t *tile[T]) {
	t.each(i.runs, func(r *run) {
		i.f(t.span(r.dst, r.n), t.span(r.in[0], r.n), t.span(r.in[1], r.n), t.span(r.in[2], r.n))
	})
}

// move copies units, or fills them with a number.
type move[T matrix.Float] struct {
	copy func(dst, a []T)
	fill func(dst []T, s T)
	runs []run
}

func (i *move[T]) run(t *tile[T]) {
	t.each(i.runs, func(r *run) {
		if r.same[0] {
			i.fill(t.span(r.dst, r.n), t.number(r.in[0]))
		} else {
			i.copy(t.span(r.dst, r.n), t.span(r.in[0], r.n))
		}
	})
}
