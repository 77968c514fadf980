package cpu

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"diffeo/cpu/internal/simd"
	"diffeo/fault"
	"diffeo/graph"
	"diffeo/internal/memory"
	"diffeo/matrix"
)

// Array is one argument of a call. A per-row one is a row-major batch whose rows are Stride numbers apart (0: the size of a row);
// values with n lanes a row have n rows for each. A shared one is Data alone, a Uint32 one Bits.
type Array[T matrix.Float] struct {
	Data   []T
	Stride int
	Bits   []uint32
}

// Args are the arguments of a call, in the order of Program.Inputs and Program.Outputs. Parameters and shared inputs that
// the graph updates are written in place when the run has ended. The caller keeps the slices.
type Args[T matrix.Float] struct {
	Rows     int
	FirstRow uint64 // the number of the first row, which random numbers depend on
	In, Out  []Array[T]
}

// frame is the memory of one call. A program keeps its frames, so that calls allocate nothing once it is warm.
type frame[T matrix.Float] struct {
	p        *Program[T]
	args     *Args[T]
	buffers  [][]T
	tiles    []tile[T]
	shards   []shard[T]
	all      []shard[T] // the most there ever were
	turns    []turns    // of the tiles, where they add to one shard in turn
	spills   []T
	hostData [][]float64
	padded   int // rows of all tiles, rounded up
	stage    *stage[T]
	prepared bool // the first stage has been computed, for good
	wave     []instr[T]
	count    int // tiles
	tileRows int // rows of each but the last
	stop     atomic.Bool
	done     <-chan struct{}
	crew     crew
	meter    *meter[T] // where set, instructions are timed
}

// shard is what part of a batch adds up.
type shard[T matrix.Float] struct {
	acc   []T
	acc64 []float64
}

// stopped reports whether the caller gave up.
func (f *frame[T]) stopped() bool {
	select {
	case <-f.done:
		f.stop.Store(true)
	default:
	}
	return f.stop.Load()
}

// Run computes the program on a batch. Errors: fault.ErrShape for arguments that do not fit, the context's error when it
// ends first; the outputs then hold nothing useful, and nothing is updated.
func (p *Program[T]) Run(ctx context.Context, args *Args[T]) error {
	f := p.frame()
	defer p.keep(f)
	if err := p.check(args, f.prepared); err != nil {
		return err
	}
	return f.run(ctx, args)
}

// run computes the program in this frame's memory.
func (f *frame[T]) run(ctx context.Context, args *Args[T]) error {
	p := f.p
	f.args = args
	if f.prepared {
		for _, i := range p.variables {
			f.buffers[bufCaller+i] = args.In[i].Data
		}
	} else {
		for i := range args.In {
			f.buffers[bufCaller+i] = args.In[i].Data
		}
	}
	for i := range args.Out {
		f.buffers[bufCaller+len(args.In)+i] = args.Out[i].Data
	}
	f.buffers[bufArena][p.rows] = T(args.Rows)
	f.stop.Store(false)
	f.done = ctx.Done()
	f.layout()
	for s := range p.stages {
		f.stage = &p.stages[s]
		if s%2 == 1 {
			f.rows()
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, h := range f.stage.hosts {
			if err := h.call(ctx, args.Rows, f.hostData); err != nil {
				return err
			}
		}
		if s == 0 && f.prepared {
			continue
		}
		for _, w := range f.stage.waves {
			f.wave = w
			f.crew.run(len(w), f)
			if f.stop.Load() { // a loop was left: what follows must not see its values, updates least of all
				return ctx.Err()
			}
		}
		if s == 0 {
			f.prepared = p.single
		}
	}
	return nil
}

// layout divides the rows into tiles and shards, by their number alone.
func (f *frame[T]) layout() {
	p := f.p
	f.count = (f.args.Rows + p.tile - 1) / p.tile
	f.tileRows = p.tile
	if f.count > 1 { // as even as full vectors allow, so that no worker waits for another that got more
		lane := p.lane()
		f.tileRows = ((f.args.Rows+f.count-1)/f.count + lane - 1) / lane * lane
		f.count = (f.args.Rows + f.tileRows - 1) / f.tileRows
	}
	f.padded = f.count * f.tileRows
	if need := f.padded * p.spilled; len(f.spills) < need {
		f.spills = make([]T, need)
	}
	for i, size := range p.hostArrays {
		if need := f.args.Rows * size; len(f.hostData[i]) < need {
			f.hostData[i] = make([]float64, need)
		}
	}
	n := min(max(1, f.count), f.maxShards())
	for len(f.all) < n {
		f.all = append(f.all, shard[T]{memory.Aligned[T](p.sums), make([]float64, p.sums64)})
	}
	f.shards = f.all[:n]
}

// maxShards bounds the memory of shards, two at least and sixteen at most: some 32 MB, and where their sums do not fit into a core's
// cache one for every 256 rows, because bringing shards together costs as much memory traffic as adding to them. An image is the work of many rows:
// there is one, see turns.
func (f *frame[T]) maxShards() int {
	p := f.p
	if p.image {
		return 1
	}
	most := min(max(2, (8<<20)/max(1, p.sums)), 16)
	if p.sums > manySums {
		most = min(most, max(2, f.args.Rows/256))
	}
	return most
}

// rows runs a row stage.
func (f *frame[T]) rows() {
	if f.args.Rows == 0 {
		for _, s := range f.shards {
			clear(s.acc)
			clear(s.acc64)
		}
		return
	}
	f.wave = nil
	tasks := min(f.count, maxTasks)
	switch {
	case f.inTurns():
		f.beginTurns()
	case f.stage.sums:
		tasks = len(f.shards)
	}
	f.crew.run(tasks, f)
}

// task is one claimed piece of work: an instruction of a shared stage, or some tiles of a row stage.
func (f *frame[T]) task(worker, i int) {
	t := &f.tiles[worker]
	if f.wave != nil {
		t.lanes, t.rows = 1, 1
		if f.meter != nil {
			f.meter.run(f.wave[i], t)
		} else {
			f.wave[i].run(t)
		}
		return
	}
	parts := min(f.count, maxTasks)
	if f.stage.sums {
		shard := 0
		if !f.p.image {
			parts, shard = len(f.shards), i
		}
		t.acc, t.acc64 = f.shards[shard].acc, f.shards[shard].acc64
	}
	from, to := i*f.count/parts, (i+1)*f.count/parts
	first := from
	if f.inTurns() {
		first = 0
	}
	lane := f.p.lane()
	for n := from; n < to; n++ {
		if f.stopped() {
			return
		}
		t.row0 = n * f.tileRows
		t.rows = min(f.tileRows, f.args.Rows-t.row0)
		t.lanes = (t.rows + lane - 1) / lane * lane
		list := f.stage.list
		if f.args.Rows == 1 && f.p.single {
			t.lanes, list = 1, f.stage.one
		}
		t.first = n == first
		switch {
		case f.inTurns():
			f.inTurn(t, n)
		case f.meter != nil:
			for _, k := range list {
				f.meter.run(k, t)
			}
		default:
			for _, k := range list {
				k.run(t)
			}
		}
	}
}

// largeArena is how many shared numbers of a program of images are worth giving back pages before they are allocated: it takes some milliseconds, and the first step hundreds. Programs of
// tables leave less behind when they are compiled, and begin sooner.
const largeArena = 1 << 20

func (p *Program[T]) frame() *frame[T] {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.frames); n > 0 {
		f := p.frames[n-1]
		p.frames = p.frames[:n-1]
		return f
	}
	if p.image && p.shared+p.sums > largeArena {
		p.tidy.Do(debug.FreeOSMemory) // the graph and what compiling left are as large as the arena, and too much in pieces for it
	}
	f := &frame[T]{p: p, buffers: make([][]T, bufCaller+len(p.inputs)+len(p.results))}
	f.buffers[bufArena], f.buffers[bufConsts] = memory.Aligned[T](p.shared), p.consts
	f.hostData = make([][]float64, len(p.hostArrays))
	units, scratch := 0, 0
	lanes := (p.tile + p.lane() - 1) / p.lane() * p.lane()
	for i, s := range p.stages {
		units = max(units, s.units)
		if i%2 == 1 {
			s.scratch *= lanes
		}
		scratch = max(scratch, s.scratch)
	}
	f.tiles = make([]tile[T], max(1, p.options.Threads))
	for i := range f.tiles {
		m := memory.Arrays[T](units*lanes, scratch, p.filters, simd.GemmScratch)
		f.tiles[i] = tile[T]{frame: f, mem: m[0], scratch: m[1], filters: m[2], pack: m[3]}
	}
	f.crew.helpers = len(f.tiles) - 1
	return f
}

func (p *Program[T]) keep(f *frame[T]) {
	f.args = nil
	outs := bufCaller + len(p.inputs)
	clear(f.buffers[outs:])
	if f.prepared { // parameters stay: they never change
		for _, i := range p.variables {
			f.buffers[bufCaller+i] = nil
		}
	} else {
		clear(f.buffers[bufCaller:outs])
	}
	p.mu.Lock()
	p.frames = append(p.frames, f)
	p.mu.Unlock()
}

// check says what is wrong with arguments. Parameters that a frame has already are not looked at again.
func (p *Program[T]) check(args *Args[T], prepared bool) error {
	if len(args.In) != len(p.inputs) || len(args.Out) != len(p.results) || args.Rows < 0 {
		return fmt.Errorf("%w: %d inputs, %d outputs, %d rows for a program of %d inputs and %d outputs",
			fault.ErrShape, len(args.In), len(args.Out), args.Rows, len(p.inputs), len(p.results))
	}
	input := func(i int) error {
		if err := fitArray(&args.In[i], p.inputs[i].Type, args.Rows); err != nil {
			return fmt.Errorf("input %q: %w", p.inputs[i].name, err)
		}
		return nil
	}
	if prepared {
		for _, i := range p.variables {
			if err := input(i); err != nil {
				return err
			}
		}
	} else {
		for i := range p.inputs {
			if err := input(i); err != nil {
				return err
			}
		}
	}
	for i, o := range p.results {
		if err := fitArray(&args.Out[i], o.Type, args.Rows); err != nil {
			return fmt.Errorf("output %q: %w", o.name, err)
		}
	}
	return nil
}

// fitArray checks an argument and fills in its stride.
func fitArray[T matrix.Float](a *Array[T], t graph.Type, rows int) error {
	size := t.Shape.Size()
	switch {
	case t.DType == graph.Uint32:
		if len(a.Bits) < size {
			return fmt.Errorf("%w: %s needs %d words, has %d", fault.ErrShape, t, size, len(a.Bits))
		}
	case t.Rows == 0:
		if len(a.Data) != size {
			return fmt.Errorf("%w: %s needs %d numbers, has %d", fault.ErrShape, t, size, len(a.Data))
		}
	default:
		if a.Stride == 0 {
			a.Stride = size
		}
		n := rows * t.Rows
		if a.Stride < size || n > 0 && len(a.Data) < (n-1)*a.Stride+size {
			return fmt.Errorf("%w: %s needs %d rows %d apart, has %d numbers", fault.ErrShape, t, n, a.Stride, len(a.Data))
		}
	}
	return nil
}
