package infer

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"diffeo"
	"diffeo/data"
	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/model"
	"diffeo/recipe"
	"diffeo/train"
)

// locations is θ in (0, 1), uniform, and above 2, exponential, both observed with normal noise.
func locations() Simulator {
	return Simulator{
		Parameters: []string{"a", "b"}, Observations: []string{"x", "y"}, Support: []Interval{{0, 1}, Above(2)},
		Prior: func(r *rand.Rand, theta []float64) {
			theta[0], theta[1] = (float64(r.Uint32())+0.5)/(1<<32), 2+r.ExpFloat64()
		},
		Simulate: func(r *rand.Rand, theta, x []float64) error {
			x[0], x[1] = theta[0]+0.2*r.NormFloat64(), theta[1]+0.2*r.NormFloat64()
			return nil
		},
	}
}

// quick is a small flow with few steps.
func quick(s Simulator) PosteriorConfig {
	return PosteriorConfig{
		Support: s.Support, Recipe: "nsf-ar", Flow: recipe.Config{Transforms: 2, Hidden: []int{32}, Bins: 4},
		Train: train.Config{Steps: 600, Batch: 128, Rate: 5e-3, Average: 0.99, ValidateEvery: 50, Threads: 1}, Seed: 5,
	}
}

func posterior(t *testing.T, s Simulator, n int) *model.Model {
	t.Helper()
	sims, err := s.Draw(t.Context(), n, 1)
	if err != nil {
		t.Fatal(err)
	}
	m, _, err := Posterior(t.Context(), sims, quick(s))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// below is the normal distribution function.
func below(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

// The posterior of both parameters is a normal that is cut at the ends of the support; that of b leans, by the exponential prior, to N(y − 0.04, 0.2²). The fitted one has the
// masses of intervals near the ends, where what is not cut would leak, and nothing of it lies outside.
func TestPosteriorOfCutNormals(t *testing.T) {
	s := locations()
	m := posterior(t, s, 8000)
	d, err := model.Compile(m, diffeo.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	const n = 20000
	for _, at := range [][2]float64{{0.02, 2.1}, {0.9, 2.5}, {0.5, 3.5}} {
		x, cond := matrix.New[float64](n, 2), matrix.New[float64](n, 2)
		for r := range n {
			copy(cond.Row(r), at[:])
		}
		if err := d.Sample(t.Context(), diffeo.Draw{Seed: 2}, cond, x); err != nil {
			t.Fatal(err)
		}
		for k, c := range []struct{ mean, low, high, from, to float64 }{
			{at[0], 0, 1, 0, 0.15}, {at[0], 0, 1, 0.85, 1}, {at[1] - 0.04, 2, math.Inf(1), 2, 2.15}, {at[1] - 0.04, 2, math.Inf(1), 2.4, 2.7},
		} {
			inside := 0
			for r := range n {
				v := x.Row(r)[k/2]
				if v >= c.from && v < c.to {
					inside++
				}
				if !s.Support[k/2].holds(v) {
					t.Fatalf("given %v: the draw %v lies outside %v", at, v, s.Support[k/2])
				}
			}
			mass := func(from, to float64) float64 { return below((to-c.mean)/0.2) - below((from-c.mean)/0.2) }
			want, got := mass(c.from, c.to)/mass(c.low, c.high), float64(inside)/n
			if math.Abs(got-want) > 0.06 {
				t.Errorf("given %v: %.3f of %s in (%g, %g), want %.3f", at, got, s.Parameters[k/2], c.from, c.to, want)
			}
		}
		// No mass leaks: the density integrates to 1 over the support, by the midpoint rule.
		const cells = 200
		grid, same := matrix.New[float64](cells*cells, 2), matrix.New[float64](cells*cells, 2)
		for r := range grid.Rows {
			grid.Row(r)[0], grid.Row(r)[1] = (float64(r%cells)+0.5)/cells, 2+(float64(r/cells)+0.5)/cells*3.5
			copy(same.Row(r), at[:])
		}
		l, sum := make([]float64, grid.Rows), 0.0
		if err := d.LogProb(t.Context(), grid, same, l); err != nil {
			t.Fatal(err)
		}
		for _, v := range l {
			sum += math.Exp(v) * 3.5 / cells / cells
		}
		if math.Abs(sum-1) > 0.03 { // at an end of the support the cells are coarse
			t.Errorf("given %v: the density integrates to %.4f", at, sum)
		}
	}
	outside := matrix.New[float64](1, 2)
	copy(outside.Row(0), []float64{1.01, 3})
	l := []float64{0}
	if err := d.LogProb(t.Context(), outside, matrix.Matrix[float64]{Data: []float64{0.5, 3}, Rows: 1, Cols: 2, Stride: 2}, l); err != nil || !math.IsInf(l[0], -1) {
		t.Errorf("a point outside the support has the log-density %v (%v)", l[0], err)
	}
}

// One seed gives the same weights, and what is stored says how they were found.
func TestPosteriorIsAFunctionOfItsSeed(t *testing.T) {
	s := locations()
	sims, err := s.Draw(t.Context(), 300, 1)
	if err != nil {
		t.Fatal(err)
	}
	c := quick(s)
	c.Train.Steps = 40
	var first *model.Model
	for range 2 {
		m, r, err := Posterior(t.Context(), sims, c)
		if err != nil {
			t.Fatal(err)
		}
		if m.Training.TrainRows != 270 || m.Training.ValidationRows != 30 || r.Steps != 40 || m.Training.Steps != 40 {
			t.Errorf("trained on %d, validated on %d, %d steps", m.Training.TrainRows, m.Training.ValidationRows, r.Steps)
		}
		if first == nil {
			first = m
			continue
		}
		for _, p := range m.Params.Specs() {
			if !slices.Equal(m.Params.Data(p.Name), first.Params.Data(p.Name)) {
				t.Errorf("%s differs", p.Name)
			}
		}
	}
	// The zero configuration is a choice too, but for its threads.
	d, err := PosteriorConfig{Train: train.Config{Threads: 1}}.filled()
	want := DefaultPosterior()
	want.Train.Threads = 1
	if err != nil || !reflect.DeepEqual(d, want) {
		t.Errorf("the zero configuration is %+v, want %+v (%v)", d, want, err)
	}
}

func TestSimulationsAreFunctionsOfTheirRow(t *testing.T) {
	s := locations()
	few, err := s.Draw(t.Context(), 5, 3)
	if err != nil {
		t.Fatal(err)
	}
	many, err := s.Draw(t.Context(), 50, 3)
	if err != nil {
		t.Fatal(err)
	}
	for r := range 5 {
		if !slices.Equal(few.Parameters.Values.Row(r), many.Parameters.Values.Row(r)) || !slices.Equal(few.Observations.Values.Row(r), many.Observations.Values.Row(r)) {
			t.Errorf("row %d differs between 5 and 50 rows", r)
		}
	}
	other, err := s.Draw(t.Context(), 5, 4)
	if err != nil || slices.Equal(few.Parameters.Values.Data, other.Parameters.Values.Data) {
		t.Errorf("two seeds give the same draws (%v)", err)
	}
}

func TestBadSimulators(t *testing.T) {
	broken := errors.New("the program broke")
	for _, c := range []struct {
		name string
		do   func(s *Simulator)
		want error
		says string
	}{
		{"no prior", func(s *Simulator) { s.Prior = nil }, fault.ErrConfig, "both Prior and Simulate"},
		{"no names", func(s *Simulator) { s.Observations = nil }, fault.ErrConfig, "name one of each"},
		{"a name twice", func(s *Simulator) { s.Observations = []string{"x", "a"} }, fault.ErrConfig, `the name "a"`},
		{"support of one", func(s *Simulator) { s.Support = s.Support[:1] }, fault.ErrConfig, "1 intervals of support for 2"},
		{"an empty interval", func(s *Simulator) { s.Support = []Interval{{1, 0}, {}} }, fault.ErrConfig, "parameter a: "},
		{"an upper end alone", func(s *Simulator) { s.Support = []Interval{{math.Inf(-1), 0}, {}} }, fault.ErrConfig, "change the parameter's sign"},
		{"a prior beyond", func(s *Simulator) { s.Support = []Interval{{0, 0.5}, {}} }, fault.ErrData, "outside its support (0, 0.5)"},
		{"NaN of the prior", func(s *Simulator) {
			s.Prior = func(_ *rand.Rand, theta []float64) { theta[0], theta[1] = 0.5, math.NaN() }
		}, fault.ErrNonFinite, "NaN for b (draw 0)"},
		{"infinite observation", func(s *Simulator) {
			s.Simulate = func(_ *rand.Rand, _, x []float64) error { x[1] = math.Inf(1); return nil }
		}, fault.ErrNonFinite, "observed +Inf for y"},
		{"a failure", func(s *Simulator) {
			s.Simulate = func(*rand.Rand, []float64, []float64) error { return broken }
		}, broken, "simulation 0 at ["},
	} {
		s := locations()
		c.do(&s)
		if _, err := s.Draw(t.Context(), 50, 1); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
	if _, err := locations().Draw(t.Context(), 0, 1); !errors.Is(err, fault.ErrConfig) {
		t.Errorf("no rows: %v", err)
	}
}

func TestBadPosteriors(t *testing.T) {
	s := locations()
	good, err := s.Draw(t.Context(), 60, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		do   func(s *Simulations, c *PosteriorConfig)
		want error
		says string
	}{
		{"rows", func(s *Simulations, _ *PosteriorConfig) { s.Observations.Values = s.Observations.Values.Slice(0, 50) }, fault.ErrShape, "60 rows of parameters and 50"},
		{"support", func(_ *Simulations, c *PosteriorConfig) { c.Support = c.Support[:1] }, fault.ErrShape, "1 intervals for 2"},
		{"outside", func(_ *Simulations, c *PosteriorConfig) { c.Support = []Interval{{0, 0.5}, {}} }, fault.ErrData, `column "a"`},
		{"share", func(_ *Simulations, c *PosteriorConfig) { c.HoldOut = 1 }, fault.ErrConfig, "HoldOut"},
		{"names", func(s *Simulations, _ *PosteriorConfig) { s.Observations.Columns = []string{"a", "y"} }, fault.ErrConfig, "a name occurs"},
		{"recipe", func(_ *Simulations, c *PosteriorConfig) { c.Recipe = "none" }, fault.ErrConfig, "none"},
		{"constant", func(s *Simulations, _ *PosteriorConfig) {
			s.Observations = data.Table{Columns: s.Observations.Columns, Values: matrix.New[float64](60, 2)}
		}, fault.ErrData, `column "x" is constant`},
	} {
		sims, config := good, quick(s)
		c.do(&sims, &config)
		if _, _, err := Posterior(t.Context(), sims, config); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
}
