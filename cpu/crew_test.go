package cpu

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"
)

// tally counts how often each task was done.
type tally struct {
	done []atomic.Int32
	busy []atomic.Int32 // tasks that a worker is in
	bad  atomic.Int32
}

func (w *tally) task(worker, i int) {
	if w.busy[worker].Add(1) != 1 {
		w.bad.Add(1)
	}
	w.done[i].Add(1)
	w.busy[worker].Add(-1)
}

// Every task of every job is done once, and no worker is in two at a time, with many short jobs and pauses between them.
func TestCrew(t *testing.T) {
	const seed = 3
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	for _, helpers := range []int{0, 1, 3} {
		c := &crew{helpers: helpers}
		for range 3000 {
			n := rng.IntN(20)
			w := &tally{done: make([]atomic.Int32, n), busy: make([]atomic.Int32, helpers+1)}
			c.run(n, w)
			for i := range w.done {
				if k := w.done[i].Load(); k != 1 {
					t.Fatalf("%d helpers, job of %d: task %d was done %d times", helpers, n, i, k)
				}
			}
			if w.bad.Load() != 0 {
				t.Fatalf("%d helpers: a worker was in two tasks", helpers)
			}
			if rng.IntN(500) == 0 {
				time.Sleep(time.Duration(rng.IntN(3)) * 60 * time.Millisecond)
			}
		}
	}
}

// The most tasks that a job can have are all done.
func TestLargeJob(t *testing.T) {
	w := &tally{done: make([]atomic.Int32, maxTasks), busy: make([]atomic.Int32, 2)}
	(&crew{helpers: 1}).run(maxTasks, w)
	for i := range w.done {
		if w.done[i].Load() != 1 {
			t.Fatalf("task %d was done %d times", i, w.done[i].Load())
		}
	}
}

// witness notes which tiles it sees.
type witness struct {
	tiles, rows, starts, shards atomic.Int64
}

func (w *witness) run(t *tile[float32]) {
	w.tiles.Add(1)
	w.rows.Add(int64(t.rows))
	w.starts.Add(int64(t.row0))
	if t.first {
		w.shards.Add(1)
	}
}

// Tiles cover the rows once, however many there are: also more tiles than one job has tasks.
func TestTilesCoverTheRows(t *testing.T) {
	const tileRows = 16
	for _, rows := range []int{1, 15, 16, 17, 1000, 16 * maxTasks, 16*maxTasks + 1, 40<<20 + 5} {
		for _, sums := range []bool{false, true} {
			w := &witness{}
			f := &frame[float32]{
				p: &Program[float32]{tile: tileRows}, args: &Args[float32]{Rows: rows},
				stage: &stage[float32]{list: []instr[float32]{w}, sums: sums}, tiles: make([]tile[float32], 2), crew: crew{helpers: 1},
			}
			for i := range f.tiles {
				f.tiles[i].frame = f
			}
			f.layout()
			f.rows()
			n := int64(rows+tileRows-1) / tileRows
			if w.tiles.Load() != n || w.rows.Load() != int64(rows) || w.starts.Load() != n*(n-1)/2*tileRows {
				t.Errorf("%d rows, sums %t: %d tiles of %d rows in all, want %d", rows, sums, w.tiles.Load(), w.rows.Load(), n)
			}
			parts := min(n, maxTasks)
			if sums {
				parts = int64(len(f.shards))
			}
			if w.shards.Load() != parts {
				t.Errorf("%d rows, sums %t: %d tiles are the first of their part, there are %d parts", rows, sums, w.shards.Load(), parts)
			}
		}
	}
}
