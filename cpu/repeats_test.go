package cpu

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Runs that were joined are done as they were, in their order, and there are no more of them than before.
func TestRepeats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		few := func(name string, most int) int { return rapid.IntRange(0, most).Draw(t, name) }
		at := run{n: 1, dst: operand{onTile, 100}}
		runs := []run{}
		for range few("runs", 20) {
			at.n = 1 + few("longer", 6)/6
			at.same[1] = few("same", 9) == 0
			at.in[1].buffer = few("buffer", 9) / 9
			at.dst.off += 1 + few("apart", 1)
			at.in[0].off += 2
			at.in[1].off -= few("back", 1)
			runs = append(runs, at)
		}
		joined := repeated(slices.Clone(runs))
		var done []run
		(&tile[float32]{}).each(joined, func(r *run) {
			one := *r
			one.more = nil
			done = append(done, one)
		})
		if !slices.Equal(done, runs) || len(joined) > len(runs) {
			t.Errorf("%d runs, joined to %d, are done as %v, not %v", len(runs), len(joined), done, runs)
		}
	})
	even := make([]run, 48)
	for i := range even {
		even[i] = run{n: 4, dst: operand{onTile, 8 * i}, in: [3]operand{{onTile, 4 * i}, {bufArena, i}}}
	}
	if n := len(repeated(even)); n != 1 {
		t.Errorf("48 runs at equal distances are kept as %d", n)
	}
}
