package cpu

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"diffeo/cpu/internal/simd"
	"diffeo/internal/memory"
	"diffeo/matrix"
)

// Explanation says how a program is laid out and where its time goes.
type Explanation struct {
	Rows       int // of the batch that was timed
	TileRows   int // rows that a worker takes through a row stage at once
	Tiles      int
	Shards     int // parts of the batch that sums over rows are made in
	ArenaBytes int // shared values that the program computes
	ShardBytes int // sums of one shard
	SpillBytes int // values of all rows kept between stages
	Stages     []StageExplanation
}

// StageExplanation is one stage of a program. Times are of one run on one thread.
type StageExplanation struct {
	Shared       bool
	Instructions int
	Waves        int // of a shared stage: groups whose instructions may run at the same time
	TileBytes    int // of a row stage: the memory of one tile
	Seconds      float64
	Ops          []OpExplanation // the slowest first
}

// OpExplanation is the instructions of one kind in a stage.
type OpExplanation struct {
	Kind    string
	Count   int     // instructions
	Seconds float64 // in one run, all tiles
	GFLOP   float64 // multiplications and additions of matrix products in one run; 0 for other kinds
}

// counted is an instruction whose arithmetic is known.
type counted[T matrix.Float] interface{ flops(t *tile[T]) float64 }

func (i *gemm[T]) flops(t *tile[T]) float64 {
	n := 0
	for _, p := range i.panels {
		n += p.rows * (p.to - p.from)
	}
	return 2 * float64(n) * float64(i.unit*t.lanes)
}

func (i *outer[T]) flops(t *tile[T]) float64 { return 2 * float64(i.live) * float64(i.unit*t.rows) }

// meter adds up the time of every instruction.
type meter[T matrix.Float] struct {
	seconds map[instr[T]]float64
	flops   map[instr[T]]float64
}

// run runs and times an instruction.
func (m *meter[T]) run(k instr[T], t *tile[T]) {
	begin := time.Now()
	k.run(t)
	m.seconds[k] += time.Since(begin).Seconds()
	if c, ok := k.(counted[T]); ok {
		m.flops[k] += c.flops(t)
	}
}

// Explain runs the program runs times on one thread, times every instruction and describes the plan. Updates happen as in Run. The
// timer costs some 50 ns an instruction and tile, which is part of the figures.
func (p *Program[T]) Explain(ctx context.Context, args *Args[T], runs int) (Explanation, error) {
	if err := p.check(args, false); err != nil {
		return Explanation{}, err
	}
	runs = max(1, runs)
	m := &meter[T]{seconds: map[instr[T]]float64{}, flops: map[instr[T]]float64{}}
	f := p.frame()
	helpers := f.crew.helpers
	f.crew.helpers, f.meter = 0, m
	defer func() {
		f.crew.helpers, f.meter = helpers, nil
		p.keep(f)
	}()
	for range runs {
		if err := f.run(ctx, args); err != nil {
			return Explanation{}, err
		}
	}
	var x T
	size := int(reflect.TypeOf(x).Size())
	e := Explanation{Rows: args.Rows, TileRows: p.tile, Tiles: f.count, Shards: len(f.shards),
		ArenaBytes: p.shared * size, ShardBytes: p.sums*size + 8*p.sums64, SpillBytes: len(f.spills) * size}
	for s := range p.stages {
		st := &p.stages[s]
		x := StageExplanation{Shared: s%2 == 0, Waves: len(st.waves), TileBytes: st.units * p.tile * size}
		byKind := map[string]*OpExplanation{}
		list := st.list
		if args.Rows == 1 && p.single {
			list = st.one
		}
		for _, k := range slices.Concat(append([][]instr[T]{list}, st.waves...)...) {
			name := kindOf(k)
			if byKind[name] == nil {
				byKind[name] = &OpExplanation{Kind: name}
			}
			o := byKind[name]
			o.Count++
			o.Seconds += m.seconds[k] / float64(runs)
			o.GFLOP += m.flops[k] / float64(runs) / 1e9
			x.Instructions++
			x.Seconds += m.seconds[k] / float64(runs)
		}
		for _, o := range byKind {
			x.Ops = append(x.Ops, *o)
		}
		slices.SortFunc(x.Ops, func(a, b OpExplanation) int {
			switch {
			case a.Seconds > b.Seconds:
				return -1
			case a.Seconds < b.Seconds:
				return 1
			}
			return strings.Compare(a.Kind, b.Kind)
		})
		if x.Instructions > 0 {
			e.Stages = append(e.Stages, x)
		}
	}
	return e, nil
}

// kinds names the instructions for people.
var kinds = map[string]string{
	"conv": "convolution", "convRows": "filter gradient", "intoFrame": "image into its frame", "frameEdges": "edges of frames", "packFilters": "copies of filters", "winograd": "convolution, Winograd", "winogradFilters": "filters for Winograd", "joinFilters": "shards' filter gradients", "turnFilters": "filter gradients in their order",
	"gemm": "matrix product", "outer": "weight gradient", "elementwise1": "elementwise, one operand",
	"elementwise2": "elementwise, two operands", "elementwise3": "selection", "chain": "elementwise chain", "fold": "sum over elements", "move": "copy", "sumRows": "sum over rows",
	"joinSums": "shards' sums", "joinProducts": "shards' weight gradients", "adam": "Adam", "spline": "spline", "affine": "affine map", "normalLog": "normal log-density",
	"sumNumbers": "sum", "sumJoined": "sum", "transposeOnce": "transposed weights", "load": "rows in", "store": "rows out", "loop": "loop",
	"random": "random numbers", "accumulate": "product by lanes", "groups": "groups of rows", "spill": "kept between stages",
	"sequence": "sequence",
}

func kindOf[T matrix.Float](k instr[T]) string {
	name := fmt.Sprintf("%T", k)
	name = name[strings.LastIndexByte(name[:strings.IndexByte(name+"[", '[')], '.')+1:]
	name, _, _ = strings.Cut(name, "[")
	if words, ok := kinds[name]; ok {
		return words
	}
	return name
}

// Peak is the best rate, in GFLOP/s of one thread, at which products of matrices that lie in the first-level cache were computed in
// some 20 ms: what products in a program are measured against.
func Peak[T matrix.Float]() float64 {
	const m, k, n = 12, 64, 64
	f := simd.For[T]().Gemm
	a, b, c := memory.Aligned[T](m*k), memory.Aligned[T](k*n), memory.Aligned[T](m*n)
	best := 0.0
	for begin := time.Now(); time.Since(begin) < 20*time.Millisecond; {
		t := time.Now()
		const calls = 64
		for range calls {
			f(c, n, a, k, 1, b, n, m, k, n, simd.Epilogue[T]{})
		}
		best = max(best, 2*m*k*n*calls/time.Since(t).Seconds()/1e9)
	}
	return best
}
