package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// A mean up to 0.02 above the published one is good, and what was measured is counted.
func TestTable(t *testing.T) {
	list := []result{
		{Task: "two_moons", Size: 1000, Seed: 1, LogProb: 3, Ranks: 0.5, Distance: 0.02, Seconds: 10},
		{Task: "two_moons", Size: 1000, Seed: 2, LogProb: 2, Ranks: 0.001, Distance: 0.05, Seconds: 20},
		{Task: "two_moons", Size: 1000, Seed: 1, Observation: 1, C2ST: 0.70},
		{Task: "two_moons", Size: 1000, Seed: 2, Observation: 1, C2ST: 0.75},
		{Task: "two_moons", Size: 10000, Seed: 1, LogProb: 3.5, Ranks: 0.5, Seconds: 10},
		{Task: "two_moons", Size: 10000, Seed: 1, Observation: 2, C2ST: 0.66},
	}
	got := table(list, map[string]float64{"two_moons1000": 0.725, "two_moons10000": 0.606})
	for _, want := range []string{
		"| two_moons | 1000 | 0.725 | 2 × 1 (2) | 0.725 | yes | 2.500 | 1 of 2 | 0.050 | 15 |",
		"| two_moons | 10000 | 0.660 | 1 × 1 (1) | 0.606 | no | 3.500 | 1 of 1 | 0.000 | 10 |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the table has no line %s:\n%s", want, got)
		}
	}
}

// A table that is not complete says so.
func TestMissing(t *testing.T) {
	if got := missing([]result{{Seed: 1}, {Seed: 1, Observation: 1}}); !strings.Contains(got, "1 of 72 values") {
		t.Error(got)
	}
	if got := missing(make([]result, 10)); !strings.Contains(got, "0 of 72") {
		t.Error(got)
	}
	all := make([]result, 72)
	for i := range all {
		all[i].Observation = 1
	}
	if got := missing(all); got != "" {
		t.Error(got)
	}
}

func TestPublished(t *testing.T) {
	list, err := readPublished(filepath.Join(sharedFolder(t), "data", "sbibm", "published_C2ST_mean.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]float64{"two_moons1000": 0.725, "gaussian_linear10000": 0.552, "gaussian_mixture1000": 0.731} {
		if list[key] != want {
			t.Errorf("%s: %g, want %g", key, list[key], want)
		}
	}
}
