package cpu

import (
	"runtime"
	"sync/atomic"
	"time"
)

// maxTasks is the most tasks of one job.
const maxTasks = 1<<20 - 1

// work is a job: task i may run on any worker, at the same time as the others.
type work interface{ task(worker, i int) }

// crew runs jobs on the caller and some helpers. Tasks are claimed one by one from an atomic word, so a helper that comes late
// takes nothing from the others' time. Helpers spin for a while between jobs, because waking one that
// sleeps takes longer than most jobs; then they sleep, and end when nothing comes.
type crew struct {
	helpers int
	word    atomic.Uint64 // epoch (24 bits), tasks (20), next task (20)
	left    atomic.Int64  // tasks not yet finished
	job     work
	alive   []atomic.Bool // helpers that run
	asleep  atomic.Int32
	wake    chan struct{}
}

const (
	spin     = 60 * time.Microsecond
	patience = 100 * time.Millisecond
)

// run does tasks 0 … tasks−1 of a job and returns when all are done.
func (c *crew) run(tasks int, job work) {
	if c.helpers == 0 || tasks <= 1 {
		for i := range tasks {
			job.task(0, i)
		}
		return
	}
	if c.wake == nil {
		c.wake, c.alive = make(chan struct{}, c.helpers), make([]atomic.Bool, c.helpers)
	}
	c.job = job
	c.left.Store(int64(tasks))
	c.word.Store((c.word.Load()>>40+1)<<40 | uint64(tasks)<<20)
	for k := range min(c.helpers, tasks-1) {
		if c.alive[k].CompareAndSwap(false, true) {
			go c.help(k)
		}
	}
	for range min(int(c.asleep.Load()), tasks-1) {
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
	c.claim(0)
	for n := 1; c.left.Load() > 0; n++ {
		if n%64 == 0 {
			runtime.Gosched()
		}
	}
	c.job = nil
}

// help works on jobs as helper k until none has come for a while.
func (c *crew) help(k int) {
	defer c.alive[k].Store(false)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		c.claim(k + 1)
		if c.await() {
			continue
		}
		c.asleep.Add(1)
		timer.Reset(patience)
		late := false
		if !c.waiting() {
			select {
			case <-c.wake:
			case <-timer.C:
				late = true
			}
		}
		c.asleep.Add(-1)
		if late && !c.waiting() {
			return
		}
	}
}

// waiting reports whether a task is to be had.
func (c *crew) waiting() bool {
	w := c.word.Load()
	return w&maxTasks < w>>20&maxTasks
}

// await spins until a task is to be had, or gives up.
func (c *crew) await() bool {
	for begin := time.Now(); ; {
		for range 128 {
			if c.waiting() {
				return true
			}
		}
		if time.Since(begin) > spin {
			return false
		}
		runtime.Gosched()
	}
}

// claim does tasks of the current job until none is left.
func (c *crew) claim(worker int) {
	for {
		w := c.word.Load()
		next, tasks := w&maxTasks, w>>20&maxTasks
		if next >= tasks {
			return
		}
		if c.word.CompareAndSwap(w, w+1) {
			c.job.task(worker, int(next))
			c.left.Add(-1)
		}
	}
}
