package main

import (
	"math"
	"slices"
	"strings"
	"testing"

	"diffeo/data"
	"diffeo/matrix"
)

// The permutation is numpy's: numpy 2.4.6, np.random.RandomState(42).permutation(10), and the first of 1000.
func TestPermutationIsNumpys(t *testing.T) {
	if got := permutation(42, 10); !slices.Equal(got, []int{8, 1, 5, 0, 7, 2, 9, 4, 3, 6}) {
		t.Errorf("%v", got)
	}
	if got := permutation(42, 1000)[:8]; !slices.Equal(got, []int{521, 737, 740, 660, 411, 678, 626, 513}) {
		t.Errorf("%v", got)
	}
}

// The area is the share of pairs of a normal row and an anomaly in the right order, ties counting half.
func TestAUROC(t *testing.T) {
	scores := []float64{1, 2, 2, 5, 0.5, 2, 3, math.Inf(1)}
	const normal = 4
	want := 0.0
	for _, a := range scores[normal:] {
		for _, n := range scores[:normal] {
			switch {
			case a > n:
				want++
			case a == n:
				want += 0.5
			}
		}
	}
	if got := auroc(scores, normal); math.Abs(got-want/16) > 1e-15 {
		t.Errorf("%g, by pairs %g", got, want/16)
	}
}

// A constant and a sum of others have no density beside them.
func TestIndependentColumns(t *testing.T) {
	table := data.Table{Columns: []string{"a", "k", "b", "sum", "c"}, Values: matrix.New[float64](50, 5)}
	for r := range 50 {
		a, b := math.Sin(float64(r)), math.Cos(float64(r*r))
		copy(table.Values.Row(r), []float64{a, 7, b, 3*a - b + 100, a * b})
	}
	if got := independent(table); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("%v", got)
	}
}

// Seeds are averaged, and the mean of differences is that to the better of the others.
func TestAnomalyPage(t *testing.T) {
	page := anomalyPage([]anomalous{
		{Set: "42_WBC", Way: "smooth", AUROC: 0.98, Typic: 0.9, Dim: 9, Rows: 96}, {Set: "42_WBC", Way: "smooth", AUROC: 1, Typic: 0.8, Dim: 9, Rows: 96, Seed: 1},
		{Set: "42_WBC", Way: "plain", AUROC: 0.97, Dim: 9, Rows: 96}, {Set: "6_cardio", Way: "plain", AUROC: 0.5},
	})
	if want := "| 42_WBC | 9 | 0 | 96 | 2 | 0.990 ± 0.010 | 0.970 ± 0.000 | 0.969 | 0.994 | -0.004 | 0.850 |\n| **mean** |  |  |  |  | **0.990** | 0.970 | 0.969 | 0.994 | **-0.004** | 0.850 |\n"; !strings.HasSuffix(page, want) {
		t.Errorf("%s", page)
	}
}
