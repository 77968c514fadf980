package dist

import (
	"errors"
	"math"
	"testing"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/scalar"
)

func TestBadDistributions(t *testing.T) {
	for _, d := range []Distribution{
		StandardNormal{},
		StandardNormal{Dim: -1},
		DiagonalNormal{},
		DiagonalNormal{Dim: 1, Loc: []float64{math.NaN()}},
		DiagonalNormal{Dim: 1, LogScale: []float64{math.Inf(1)}},
		DiagonalNormal{Dim: 2, Loc: []float64{1}},
		ChannelNormal{},
		ChannelNormal{Images: []graph.Shape{{1, 2, 2}, {4, 1}}},
		ChannelNormal{Images: []graph.Shape{{0, 2, 2}}},
		ChannelNormal{Images: []graph.Shape{{1, -2, -2}}},
		Laplace{},
		Laplace{Dim: 2, Loc: []float64{1}},
		Laplace{Dim: 1, LogScale: []float64{math.NaN()}},
		Laplace{Dim: 1, Scale: scalar.Softplus{Floor: -1}},
		Logistic{Dim: -2},
		Logistic{Dim: 1, Scale: scalar.BoundedExp{Bound: -1}},
		StudentT{},
		StudentT{Dim: 2, DF: []float64{1}},
		StudentT{Dim: 1, DF: []float64{0}},
		StudentT{Dim: 1, DF: []float64{math.NaN()}},
		StudentT{Dim: 1, DF: []float64{1e9}},
		Resampled{},
		Resampled{Dim: 1, Tries: 1},
		Resampled{Dim: 1, Points: -1},
		Resampled{Dim: 1, Momentum: 2},
		Resampled{Dim: 1, Momentum: math.NaN()},
		Resampled{Dim: 1, Net: nn.MLP{Hidden: []int{0}}},
		UniformCircle{},
		VonMises{},
		VonMises{Dim: 2, Loc: []float64{1}},
		VonMises{Dim: 1, Concentration: []float64{0}},
		VonMises{Dim: 1, Concentration: []float64{math.NaN()}},
		VonMises{Dim: 2, Concentration: []float64{1}},
		Product{},
		Product{Parts: []Distribution{UnitBox(1), nil}},
		Product{Parts: []Distribution{UnitBox(1), Uniform{}}},
		MixtureOf{},
		MixtureOf{Components: []Distribution{nil}},
		MixtureOf{Components: []Distribution{StandardNormal{}}},
		MixtureOf{Components: []Distribution{UnitBox(1), StandardNormal{Dim: 2}}},
		MixtureOf{Components: []Distribution{UnitBox(1), UnitBox(1)}, Weights: []float64{1}},
		MixtureOf{Components: []Distribution{UnitBox(1)}, Weights: []float64{-1}},
		MixtureOf{Components: []Distribution{UnitBox(1)}, Weights: []float64{math.Inf(1)}},
		FullNormal{},
		FullNormal{Dim: 2, Loc: []float64{1}},
		FullNormal{Dim: 2, Cholesky: []float64{1, 0}},
		FullNormal{Dim: 1, Floor: -1},
		FullNormal{Dim: 1, Floor: math.NaN()},
		FullNormal{Dim: 1, Floor: math.Inf(1)},
		ConditionalNormal{Dim: 2}, // of no condition
		Uniform{},
		Uniform{Low: []float64{0}, High: []float64{1, 2}},
		Uniform{Low: []float64{1}, High: []float64{1}},
		Uniform{Low: []float64{2}, High: []float64{1}},
		Uniform{Low: []float64{math.NaN()}, High: []float64{1}},
		Uniform{Low: []float64{0}, High: []float64{math.Inf(1)}},
		Uniform{Low: []float64{-math.MaxFloat64}, High: []float64{math.MaxFloat64}},
	} {
		_, err := d.Bind(param.NewRegistry().Scope(), nil)
		if !errors.Is(err, fault.ErrConfig) && !errors.Is(err, fault.ErrShape) {
			t.Errorf("%+v gives %v", d, err)
		}
	}
}

func TestBadConditionalNormals(t *testing.T) {
	for _, d := range []Distribution{
		ConditionalNormal{},
		ConditionalNormal{Dim: 1, Net: nn.MLP{Activation: "nope"}},
		ConditionalNormal{Dim: 1, Scale: scalar.Softplus{Floor: 2}},
	} {
		if _, err := d.Bind(param.NewRegistry().Scope(), graph.Shape{3}); !errors.Is(err, fault.ErrConfig) {
			t.Errorf("%+v gives %v", d, err)
		}
	}
	if _, err := (ConditionalNormal{Dim: 1}).Bind(param.NewRegistry().Scope(), graph.Shape{3, 4}); !errors.Is(err, fault.ErrShape) {
		t.Errorf("a condition of two axes gives %v", err)
	}
}

// No draw rounds onto the upper edge, which is outside: not in float32 either, and not in a box too narrow for it.
func TestTheLastDrawIsInside(t *testing.T) {
	for _, c := range []struct{ low, high float64 }{{0, 1}, {-1, 0}, {0.1, 0.3}, {1e6, 1e6 + 1}, {-5, 1e-30}, {1, 1 + 1e-12}} {
		last := below(c.high, c.low)
		if !(last < c.high && last >= c.low) {
			t.Errorf("the last draw of %g…%g is %g", c.low, c.high, last)
		}
		if wide := float32(c.low) < float32(c.high); wide && !(float32(last) < float32(c.high)) {
			t.Errorf("the last draw of %g…%g is %g, on the edge in float32", c.low, c.high, last)
		}
	}
}
