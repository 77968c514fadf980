package infer

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"diffeo"
	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/model"
)

// narrow is θ uniform in (−1, 1), twice, observed with noise of a fortieth of its range.
func narrow() Simulator {
	return Simulator{
		Parameters: []string{"a", "b"}, Observations: []string{"x", "y"}, Support: []Interval{{-1, 1}, {-1, 1}},
		Prior: func(r *rand.Rand, theta []float64) {
			for k := range theta {
				theta[k] = 2*(float64(r.Uint32())+0.5)/(1<<32) - 1
			}
		},
		Simulate: func(r *rand.Rand, theta, x []float64) error {
			for k := range x {
				x[k] = theta[k] + 0.05*r.NormFloat64()
			}
			return nil
		},
	}
}

// The posterior given the observation is N(x, 0.05²) in both parameters. Each round simulates in a smaller part of the prior, all of the posterior in it, and ends
// near that normal with few simulations.
func TestRounds(t *testing.T) {
	s := narrow()
	c := RoundsConfig{Posterior: quick(s), Rounds: 3, PerRound: 400, Draws: 2000, Left: 1e-3}
	observation := []float64{0.3, -0.9} // the second near the end of the support
	m, rounds, err := Rounds(t.Context(), s, observation, c)
	if err != nil {
		t.Fatal(err)
	}
	if len(rounds) != 3 || rounds[0].Kept != 1 || rounds[0].Rows != 400 {
		t.Fatalf("%+v", rounds)
	}
	for i, r := range rounds[1:] {
		if !(r.Kept < 0.3 && r.Kept <= 1.1*rounds[i].Kept && r.Kept > 0.005) || r.Rows <= 400 || r.Simulated != 400 {
			t.Errorf("round %d: %+v", i+2, r)
		}
	}
	d, err := model.Compile(m, diffeo.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	const n = 4000
	x, cond := matrix.New[float64](n, 2), matrix.New[float64](n, 2)
	for r := range n {
		copy(cond.Row(r), observation)
	}
	if err := d.Sample(t.Context(), diffeo.Draw{Seed: 9}, cond, x); err != nil {
		t.Fatal(err)
	}
	// Of N(−0.9, 0.05²) cut at −1, by its formulas: mean −0.9 + 0.05·φ(2)/Φ(2), variance 0.05²·(1 − 2·φ(2)/Φ(2) − (φ(2)/Φ(2))²).
	ratio := math.Exp(-2) / math.Sqrt(2*math.Pi) / below(2)
	means, deviations := [2]float64{0.3, -0.9 + 0.05*ratio}, [2]float64{0.05, 0.05 * math.Sqrt(1-2*ratio-ratio*ratio)}
	for k := range 2 {
		mean, squares := 0.0, 0.0
		for r := range n {
			mean += x.Row(r)[k] / n
		}
		for r := range n {
			squares += (x.Row(r)[k] - mean) * (x.Row(r)[k] - mean) / n
		}
		if math.Abs(mean-means[k]) > 0.02 || math.Abs(math.Sqrt(squares)/deviations[k]-1) > 0.3 {
			t.Errorf("parameter %d: %.3f ± %.3f, want %.3f ± %.3f", k, mean, math.Sqrt(squares), means[k], deviations[k])
		}
	}
}

// What is drawn are draws of the prior, all of the region and in its proportions: of a region that is an interval, uniform ones.
func TestTruncatedDraws(t *testing.T) {
	s := narrow()
	c, err := RoundsConfig{Posterior: quick(s), PerRound: 500, Draws: 1000}.filled()
	if err != nil {
		t.Fatal(err)
	}
	m := posterior(t, s, 600)
	var cut truncation
	if err := cut.add(t.Context(), m, []float64{0, 0}, c, 1); err != nil {
		t.Fatal(err)
	}
	theta, kept, err := cut.draw(t.Context(), s, c, 7)
	if err != nil {
		t.Fatal(err)
	}
	in, err := cut.inside(t.Context(), theta)
	if err != nil || slices.Contains(in, false) {
		t.Errorf("draws outside the region (%v)", err)
	}
	all, err := s.Draw(t.Context(), 20000, 7)
	if err != nil {
		t.Fatal(err)
	}
	some, err := cut.within(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	if n := min(some.Parameters.Values.Rows, theta.Rows); !slices.Equal(some.Parameters.Values.Data[:2*n], theta.Data[:2*n]) {
		t.Error("the draws of the region are not the prior's draws that are in it, in order")
	}
	if share := float64(some.Parameters.Values.Rows) / 20000; math.Abs(share-kept) > 5*math.Sqrt(share/500) {
		t.Errorf("%.4f of the prior is in the region, %.4f is said", share, kept)
	}
}

func TestBadRounds(t *testing.T) {
	s := narrow()
	for _, c := range []struct {
		name string
		x    []float64
		c    RoundsConfig
		want error
		says string
	}{
		{"observation", []float64{1}, RoundsConfig{}, fault.ErrShape, "1 numbers, the simulator has 2"},
		{"rounds", []float64{0, 0}, RoundsConfig{Rounds: -1}, fault.ErrConfig, "Rounds: -1"},
		{"share", []float64{0, 0}, RoundsConfig{Left: 1}, fault.ErrConfig, "Left"},
		{"few", []float64{0, 0}, RoundsConfig{Posterior: quick(s), Rounds: 2, PerRound: 1000, Draws: 500, Most: 1}, fault.ErrData, "round 2: "},
	} {
		if _, _, err := Rounds(t.Context(), s, c.x, c.c); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
}
