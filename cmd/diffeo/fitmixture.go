package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"diffeo/internal/vonmises"
	"diffeo/model"
)

// mixtureRows is how many training rows say where a mixture begins: more take long and say little more.
const mixtureRows = 20_000

// beginMixture gives the base of a flow on circles, where it is a mixture, its first values: those that expectation maximisation finds in the training rows.
// From values at random training finds worse ones.
func (f *fit) beginMixture(m *model.Model, p parts) error {
	if f.recipe != circles || f.config.Components == 0 {
		return nil
	}
	d, _, err := preprocessed(m, p.train)
	if err != nil {
		return err
	}
	var rows [][]float64
	for r := range min(d.X.Rows, mixtureRows) {
		row := make([]float64, d.X.Cols)
		for i, x := range d.X.Row(r) {
			row[i] = float64(x)
		}
		rows = append(rows, row)
	}
	o := vonmises.Options{Components: f.config.Components, Starts: 3, Steps: 300, Tolerance: 1e-5}
	best, _, err := vonmises.Fit(rows, o, rand.New(rand.NewPCG(f.seed, 0)))
	if err != nil {
		return fmt.Errorf("the mixture of --components %d: %w", f.config.Components, err)
	}
	if err := m.Params.Assign("base.logits", logs(best.Weights)); err != nil {
		return err
	}
	for k := range best.Weights {
		name := fmt.Sprintf("base.components.%d.", k)
		if err := m.Params.Assign(name+"loc", best.Mean[k]); err != nil {
			return err
		}
		if err := m.Params.Assign(name+"log_concentration", logs(best.Concentration[k])); err != nil {
			return err
		}
	}
	return nil
}

// logs are logarithms of numbers that may be 0, of a component that no row is near or that goes all the way round.
func logs(x []float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = math.Log(max(v, 1e-6))
	}
	return out
}
