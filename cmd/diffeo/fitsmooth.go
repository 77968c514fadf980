package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"diffeo/data"
	"diffeo/fault"
	"diffeo/model"
)

const smoothHelp = `--smooth H adds normal numbers of deviation H, in deviations of a column, to the rows of every step, new ones each time: the flow learns the density smoothed
by such a normal, and cannot pile up on single rows, ties and planes. --smooth rule takes H = n^(−1/(D+4)) for n rows of D columns, as kernel densities do
(Scott; Rothfuss et al., arXiv 1907.08982). It is for few rows in many columns and for anomaly scores (docs/anomaly.md); with many rows it blurs
what could be learned. Validation and test rows are scored as they are.`

// noise is what --smooth says for so many rows and columns.
func (f *fit) noise(rows, columns int) (float64, error) {
	if f.smooth == "rule" {
		return math.Pow(float64(rows), -1/float64(columns+4)), nil
	}
	h, err := strconv.ParseFloat(f.smooth, 64)
	if err != nil || !(h >= 0) || math.IsInf(h, 1) {
		return 0, usagef("--smooth %s makes no sense; give a number of 0 or more, or rule", f.smooth)
	}
	return h, nil
}

// setNoise decides on the noise of the training.
func (f *fit) setNoise(m *model.Model, rows int) error {
	h, err := f.noise(rows, len(m.Columns))
	if err != nil {
		return err
	}
	f.train.Noise = h
	for _, c := range m.Columns {
		if h > 0 && slices.ContainsFunc(c.Steps, func(s data.Step) bool { return s.Kind == data.Circular }) {
			return fmt.Errorf("%w: --smooth: column %q is an angle, and noise would lead it beyond its period; leave --smooth out", fault.ErrConfig, c.Name)
		}
	}
	return nil
}
