package main

import (
	"io"
	"math"
	"slices"
	"testing"

	"github.com/spf13/cobra"
)

// The line between two points is even; the arc begins and ends at them, and between points of one length has that length and even angles.
func TestBetween(t *testing.T) {
	a, b := []float32{3, 0, 4}, []float32{0, 5, 0}
	line := between(a, b, 5, false)
	for k := range 5 {
		for i, v := range line.Row(k) {
			if want := a[i] + float32(k)/4*(b[i]-a[i]); math.Abs(float64(v-want)) > 1e-6 {
				t.Errorf("point %d of the line is %v", k, line.Row(k))
			}
		}
	}
	arc := between(a, b, 4, true)
	for k := range 4 {
		length, along := 0.0, 0.0
		for i, v := range arc.Row(k) {
			length += float64(v) * float64(v)
			along += float64(v) * float64(a[i]) / 25
		}
		if math.Abs(length-25) > 1e-4 || math.Abs(along-math.Cos(float64(k)/3*math.Pi/2)) > 1e-6 {
			t.Errorf("point %d of the arc is %v", k, arc.Row(k))
		}
	}
	for name, ends := range map[string][2][]float32{"equal": {a, a}, "opposite": {a, {-3, 0, -4}}, "zero": {a, {0, 0, 0}}} {
		points := between(ends[0], ends[1], 3, true)
		for i := range a {
			if middle := (ends[0][i] + ends[1][i]) / 2; !(math.Abs(float64(points.Row(1)[i]-middle)) < 1e-6) || points.Row(0)[i] != ends[0][i] || points.Row(2)[i] != ends[1][i] {
				t.Errorf("%s ends: %v", name, points.Data)
			}
		}
	}
}

// An option that is refused for tables or for pictures is one that the command has.
func TestRefusedOptionsExist(t *testing.T) {
	e := &environment{stdout: io.Discard, stderr: io.Discard}
	for _, c := range []struct {
		command *cobra.Command
		lists   [][]string
	}{
		{newFit(e), [][]string{pictureOnly, tableOnly}},
		{newScore(e), [][]string{pictureReading, scoreTables}},
		{newSample(e), [][]string{sampleTables}},
		{newPlot(e), [][]string{pictureReading, picturePlotFlags, plotTables}},
	} {
		for _, name := range slices.Concat(c.lists...) {
			if c.command.Flags().Lookup(name) == nil {
				t.Errorf("%s has no --%s", c.command.Name(), name)
			}
		}
	}
}
