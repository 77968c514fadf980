package cpu

import (
	"runtime"
	"sync/atomic"

	"diffeo/matrix"
)

// Programs of images have one shard, which their tiles add to in turn: weights are many, tiles few and long, and further shards would be as large as
// the weights and would have to be brought together. A tile adds to a sum after the tile before it has, so that the order, and with it the
// bits of a sum, depend on the rows alone. Tiles are claimed in order, so that the first that is not finished waits for none; workers soon
// run one sum behind each other and wait no more.

// turns counts the sums of a tile that are made. It has a cache line of its own, which one worker writes and another watches.
type turns struct {
	made atomic.Int64
	_    [56]byte
}

// adder is an instruction that adds to the sums of the shard.
type adder interface{ adds() }

func (*sumRows[T]) adds()   {}
func (*outer[T]) adds()     {}
func (*convRows[T]) adds()  {}
func (*clearSums[T]) adds() {}

// addersOf is where instructions stand that add to the sums of the shard.
func addersOf[T matrix.Float](list []instr[T]) []int {
	var at []int
	for n, i := range list {
		if _, ok := i.(adder); ok {
			at = append(at, n)
		}
	}
	return at
}

// inTurns reports whether tiles add to one shard in turn in the stage that runs.
func (f *frame[T]) inTurns() bool { return f.stage.sums && f.p.image && f.count > 1 }

// beginTurns makes no tile have made a sum.
func (f *frame[T]) beginTurns() {
	if len(f.turns) < f.count {
		f.turns = make([]turns, f.count)
	}
	for n := range f.count {
		f.turns[n].made.Store(0)
	}
}

// inTurn takes tile n through the instructions of a stage, its sums behind those of tile n−1. It gives up when the call is stopped.
func (f *frame[T]) inTurn(t *tile[T], n int) {
	made := 0
	for at, k := range f.stage.list {
		adds := made < len(f.stage.adders) && f.stage.adders[made] == at
		if adds && n > 0 && !f.await(n-1, int64(made)) {
			return
		}
		if f.meter != nil {
			f.meter.run(k, t)
		} else {
			k.run(t)
		}
		if adds {
			made++
			f.turns[n].made.Store(int64(made))
		}
	}
}

// await waits until tile n has made more sums than so many, and reports false if the call is stopped before.
func (f *frame[T]) await(n int, made int64) bool {
	for spins := 1; f.turns[n].made.Load() <= made; spins++ {
		if f.stop.Load() {
			return false
		}
		if spins%64 == 0 {
			runtime.Gosched()
		}
	}
	return true
}
