package train

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"diffeo/cpu"
	"diffeo/graph"
)

// outlying is how many nats below the median of a batch a row may be the reason why the gradient's norm overflows. No row of a flow that
// has learned anything is as far; the gradients of such a row are of the order of the square root of this, or larger.
const outlying = 1e6

// repair takes out of the current batch the rows that keep its step from being finite: those whose log-density is not finite, or, where there
// are none, those that lie farther than outlying below the median. Other rows of the batch take their places, so that the
// batch keeps its size. It returns how many there were: 0 where none was found or more than half of the rows would
// have to go; then nothing has changed.
func (t *trainer[T]) repair(ctx context.Context) (int, error) {
	if t.dataless() {
		return 0, nil
	}
	if t.rows == nil {
		t.logs = make([]T, t.x.Rows)
		g, err := scoreGraph(t.bound, graph.Train)
		t.rows, err = compile(g, err, t.config.Threads, t.find(t.x, t.cond), func(string) cpu.Array[T] { return cpu.Array[T]{Data: t.logs} })
		if err != nil {
			return 0, err
		}
		t.rows.args.Rows = t.x.Rows
	}
	if err := t.rows.Run(ctx, &t.rows.args); err != nil {
		return 0, err
	}
	t.weights.restoreState() // the pass may have changed some
	sorted := slices.Clone(t.logs)
	slices.SortFunc(sorted, func(a, b T) int { // NaN and +∞ are as bad as −∞
		return cmp.Compare(orLeast(float64(a)), orLeast(float64(b)))
	})
	least := -math.MaxFloat64
	if finite(float64(sorted[0])) {
		least = float64(sorted[len(sorted)/2]) - outlying
	}
	var good, bad []int
	for i, x := range t.logs {
		if orLeast(float64(x)) < least {
			bad = append(bad, i)
		} else {
			good = append(good, i)
		}
	}
	if len(bad) > len(good) {
		return 0, nil
	}
	if len(bad) > 0 && t.result.DroppedAt == "" {
		t.result.DroppedAt = fmt.Sprintf("%s, where log p is %v", t.source.Place(bad[0]), t.logs[bad[0]])
	}
	for k, i := range bad {
		from := good[k]
		copy(t.x.Row(i), t.x.Row(from))
		if t.cond.Cols > 0 {
			copy(t.cond.Row(i), t.cond.Row(from))
		}
		if t.weight != nil {
			t.weight[i] = t.weight[from]
		}
	}
	return len(bad), nil
}

func orLeast(x float64) float64 {
	if !finite(x) {
		return math.Inf(-1)
	}
	return x
}
