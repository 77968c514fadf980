package cpu

import (
	"slices"

	"diffeo/matrix"
)

// In programs of images the elements of many an elementwise instruction differ by the channel and lie at equal distances: their runs are kept as one that
// comes again.

// again says how often a run comes once more, and how much farther its operands lie each time.
type again struct {
	times, dst int
	in         [3]int
}

// each does something with every run.
func (t *tile[T]) each(runs []run, f func(*run)) {
	for k := range runs {
		r := &runs[k]
		f(r)
		if r.more == nil {
			continue
		}
		t.repeat = *r
		for range r.more.times {
			t.repeat.dst.off += r.more.dst
			for j, d := range r.more.in {
				t.repeat.in[j].off += d
			}
			f(&t.repeat)
		}
	}
}

// distance is how far b lies behind a, if that is all they differ by.
func distance(a, b *run) (d again, ok bool) {
	ok = a.n == b.n && a.same == b.same && a.dst.buffer == b.dst.buffer
	d.dst = b.dst.off - a.dst.off
	for k := range d.in {
		ok = ok && a.in[k].buffer == b.in[k].buffer
		d.in[k] = b.in[k].off - a.in[k].off
	}
	return d, ok
}

// repeated joins runs at equal distances, three or more of them.
func repeated(runs []run) []run {
	var out []run
	for from := 0; from < len(runs); {
		var step again
		to := from + 1
		for ; to < len(runs); to++ {
			d, ok := distance(&runs[to-1], &runs[to])
			if !ok || to > from+1 && d != step {
				break
			}
			step = d
		}
		r := runs[from]
		if to-from < 3 {
			to = from + 1
		} else {
			step.times = to - from - 1
			r.more = &step
		}
		out = append(out, r)
		from = to
	}
	return slices.Clip(out)
}

// repeat joins the runs of instructions.
func repeat[T matrix.Float](lists ...[]instr[T]) {
	for _, list := range lists {
		for _, i := range list {
			switch i := i.(type) {
			case *sequence[T]:
				repeat(i.list)
			case *elementwise1[T]:
				i.runs = repeated(i.runs)
			case *elementwise2[T]:
				i.runs = repeated(i.runs)
			case *elementwise3[T]:
				i.runs = repeated(i.runs)
			case *move[T]:
				i.runs = repeated(i.runs)
			}
		}
	}
}
