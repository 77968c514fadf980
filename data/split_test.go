package data

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"diffeo/fault"
)

// The parts are disjoint, together all rows, and of the documented sizes.
func TestSplitIsAPartition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(3, 2000).Draw(t, "n")
		test := rapid.Float64Range(0, 0.9).Draw(t, "test")
		val := rapid.Float64Range(0, 0.99).Draw(t, "val") * (1 - test)
		a, b, c, err := Split(n, rapid.Uint64().Draw(t, "seed"), test, val)
		if err != nil {
			t.Fatal(err)
		}
		all := slices.Concat(a, b, c)
		slices.Sort(all)
		for i, r := range all {
			if i != r {
				t.Fatalf("rows %v", all)
			}
		}
		if len(all) != n || len(a) == 0 || (len(b) > 0) != (val > 0) || (len(c) > 0) != (test > 0) {
			t.Fatalf("parts of %d, %d, %d rows of %d", len(a), len(b), len(c), n)
		}
		if n > 100 && (math.Abs(float64(len(c))-float64(n)*test) > 1.001 || math.Abs(float64(len(b))-float64(n)*val) > 1.001) {
			t.Fatalf("parts of %d, %d, %d rows for fractions %v, %v of %d", len(a), len(b), len(c), test, val, n)
		}
	})
}

func TestSplitSizes(t *testing.T) {
	for _, c := range []struct {
		n               int
		test, val       float64
		train, v, tests int
	}{
		{9509, 0.1, 0.1, 7609, 950, 950},
		{10, 0.1, 0.1, 8, 1, 1},
		{3, 0.1, 0.1, 1, 1, 1},
		{3, 0.9, 0.05, 1, 1, 1},
		{2, 0.5, 0, 1, 0, 1},
		{1, 0, 0, 1, 0, 0},
		{100, 0.29, 0.57, 14, 57, 29},
	} {
		a, b, d, err := Split(c.n, 1, c.test, c.val)
		if err != nil || len(a) != c.train || len(b) != c.v || len(d) != c.tests {
			t.Errorf("%+v: %d, %d, %d (%v)", c, len(a), len(b), len(d), err)
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	for _, c := range []struct {
		n         int
		test, val float64
		want      error
	}{
		{2, 0.1, 0.1, fault.ErrData}, {1, 0.1, 0, fault.ErrData}, {0, 0, 0, fault.ErrData}, {-5, 0.1, 0.1, fault.ErrData},
		{10, -0.1, 0.1, fault.ErrConfig}, {10, 0.1, -0.1, fault.ErrConfig}, {10, 0.5, 0.5, fault.ErrConfig},
		{10, math.NaN(), 0.1, fault.ErrConfig}, {10, 0.1, math.Inf(1), fault.ErrConfig},
	} {
		if _, _, _, err := Split(c.n, 1, c.test, c.val); !errors.Is(err, c.want) {
			t.Errorf("%+v: error is %v", c, err)
		}
	}
}

// The split of a seed is part of what a model file promises: it is pinned. The numbers were
// computed apart from Go, by a few lines of Python that follow the papers.
func TestSplitIsPinned(t *testing.T) {
	a, b, c, err := Split(12, 0, 0.2, 0.2)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(a, pinned[:8]) || !slices.Equal(b, pinned[8:10]) || !slices.Equal(c, pinned[10:]) {
		t.Errorf("%v %v %v, want %v", a, b, c, pinned)
	}
}

var pinned = []int{7, 9, 0, 1, 10, 3, 4, 11, 2, 5, 6, 8}

// Each row is as likely as any other at each place: χ² of 20 × 20 counts, 361 degrees of freedom, against its
// quantile at 1 − 1e-6 (503.5 by Wilson and Hilferty). A count of permutations has the
// variance trials/n·(1−1/n), and the sum of the squares n²·(1−1/n) on average, hence the factor (n−1)/n.
func TestSplitIsUniform(t *testing.T) {
	const n, trials = 20, 20_000
	var count [n][n]float64
	for seed := range uint64(trials) {
		a, _, _, err := Split(n, seed, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range a {
			count[i][r]++
		}
	}
	chi := 0.0
	for i := range count {
		for _, k := range count[i] {
			chi += (k - trials/n) * (k - trials/n) / (trials / n)
		}
	}
	chi *= (n - 1.0) / n
	if chi > 503.5 {
		t.Errorf("χ² is %.1f", chi)
	}
}
