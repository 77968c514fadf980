package main

import (
	"fmt"
	"math"
	"strings"

	"diffeo/check"
	"diffeo/data"
)

// calibrationTest is a test in JSON; numbers that there are not are null.
type calibrationTest struct {
	Test        string        `json:"test"`
	Column      string        `json:"column,omitempty"`
	Verdict     check.Verdict `json:"verdict"`
	Probability *float64      `json:"probability"`
	Distance    *float64      `json:"distance"`
	Counts      []int         `json:"counts"`
	Meaning     string        `json:"meaning"`
}

// coverage is the share of rows within regions of a mass.
type coverage struct {
	Mass      float64 `json:"mass"`
	Highest   float64 `json:"highest"`
	Reference float64 `json:"reference"`
}

// The tests' names.
const (
	rankTest      = "ranks"
	highestTest   = "highest"
	referenceTest = "reference"
)

// testsOf lists all tests of a calibration.
func testsOf(c check.Calibration) (list []calibrationTest) {
	add := func(name, column string, u check.Uniformity) {
		counts := u.Counts
		if counts == nil {
			counts = []int{}
		}
		list = append(list, calibrationTest{name, column, u.Verdict, number(u.P), number(u.Distance), counts, u.Text})
	}
	for _, u := range c.Ranks {
		add(rankTest, u.Name, u)
	}
	add(highestTest, "", c.Density)
	add(referenceTest, "", c.Reference)
	return list
}

func (t calibrationTest) name() string { return strings.TrimSpace(t.Test + " " + t.Column) }

func failedTests(c check.Calibration) (names []string) {
	for _, t := range testsOf(c) {
		if t.Verdict == check.Fail {
			names = append(names, t.name())
		}
	}
	return names
}

// coverages are those at some masses; none where there were too few rows.
func coverages(c check.Calibration, masses ...float64) []coverage {
	list := []coverage{}
	if math.IsNaN(c.Density.Distance) || math.IsNaN(c.Reference.Distance) {
		return list
	}
	for _, mass := range masses {
		list = append(list, coverage{mass, c.Density.Coverage(mass), c.Reference.Coverage(mass)})
	}
	return list
}

// report prints the outcome at rows of a table that has so many.
func (k *calibrating) report(c check.Calibration, total int) error {
	tests := testsOf(c)
	if k.json {
		var masses []float64
		for i := range 19 {
			masses = append(masses, float64(i+1)/20)
		}
		return k.printJSON(struct {
			Verdict  check.Verdict     `json:"verdict"`
			Rows     int               `json:"rows"`
			Total    int               `json:"table_rows"`
			Draws    int               `json:"draws"`
			Tests    []calibrationTest `json:"tests"`
			Coverage []coverage        `json:"coverage"`
		}{c.Verdict(), c.Rows, total, c.Draws, tests, coverages(c, masses...)})
	}
	var b strings.Builder
	if c.Rows < total {
		fmt.Fprintf(&b, "%d rows of %s, chosen from %d, among %d draws each\n", c.Rows, data.SourceName(k.table), total, c.Draws)
	} else {
		fmt.Fprintf(&b, "the %d rows of %s among %d draws each\n", c.Rows, data.SourceName(k.table), c.Draws)
	}
	width := 0
	for _, t := range tests {
		width = max(width, len([]rune(t.name())))
	}
	for _, t := range tests {
		p, distance := "", ""
		if t.Probability != nil {
			p, distance = fmt.Sprintf("p %.2g", *t.Probability), fmt.Sprintf("off by %.3f", *t.Distance)
		}
		fmt.Fprintf(&b, "%-12s  %-*s  %-10s  %-12s  %s\n", t.Verdict, width, t.name(), p, distance, t.Meaning)
	}
	if list := coverages(c, 0.5, 0.8, 0.9, 0.95); len(list) > 0 {
		fmt.Fprintf(&b, "%-*s", 20, "mass of the region")
		for _, x := range list {
			fmt.Fprintf(&b, "%8.0f %%", 100*x.Mass)
		}
		for _, side := range []struct {
			name string
			of   func(coverage) float64
		}{{highestTest, func(x coverage) float64 { return x.Highest }}, {referenceTest, func(x coverage) float64 { return x.Reference }}} {
			fmt.Fprintf(&b, "\n%-*s", 20, side.name+" holds")
			for _, x := range list {
				fmt.Fprintf(&b, "%8.1f %%", 100*side.of(x))
			}
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "%s\n", c.Verdict())
	return k.print(b.String())
}
