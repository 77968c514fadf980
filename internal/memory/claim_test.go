package memory

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"diffeo/matrix"
)

func TestClaimChangesNothing(t *testing.T) {
	t.Run("float32", func(t *testing.T) { rapid.Check(t, claimChangesNothing[float32]) })
	t.Run("float64", func(t *testing.T) { rapid.Check(t, claimChangesNothing[float64]) })
}

func claimChangesNothing[T matrix.Float](t *rapid.T) {
	all := make([]T, rapid.IntRange(0, 5000).Draw(t, "size"))
	for k := range all {
		all[k] = T(k) - 2.5
	}
	from := rapid.IntRange(0, len(all)).Draw(t, "from")
	to := rapid.IntRange(from, len(all)).Draw(t, "to")
	before := slices.Clone(all)
	Claim(all[from:to])
	if !slices.Equal(all, before) {
		t.Fatalf("numbers %d to %d of %d were claimed, and some changed", from, to, len(all))
	}
}
