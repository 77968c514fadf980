package check

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// Pairs of the energy distance at most, and the exchanges of pairs that it is compared with.
const (
	energyPairs     = 600
	energyExchanges = 1999
)

// energy compares rows of the table with draws by the energy distance, E² = 2·E‖X − Y‖ − E‖X − X'‖ − E‖Y − Y'‖ (G. J. Székely and M. L. Rizzo, Journal of
// Statistical Planning and Inference 143, 2013), in units of 2·E‖X − Y‖: 0 where the distributions are the same, 1 where they are points. Every row has a draw under its
// own condition, with which it can be exchanged if the model is right: what random exchanges give is the distribution that the distance is judged by.
func (s *subject) energy() ([]Result, error) {
	if s.z.Rows < enoughRows {
		return []Result{none(Energy, "asked of %d rows or more of a table that was not trained on, here are %d", enoughRows, s.z.Rows)}, nil
	}
	t, err := s.twins(energyPairs, streamEnergy)
	if err != nil {
		return nil, err
	}
	n := t.truth.Rows
	m, across := exchanges(t)
	random := rand.New(rand.NewPCG(s.o.Seed, streamEnergy))
	signs, image := mat.NewVecDense(n, nil), mat.NewVecDense(n, nil)
	distance := func() float64 {
		image.MulVec(m, signs)
		return -mat.Dot(signs, image) / float64(n*n)
	}
	for i := range n {
		signs.SetVec(i, 1)
	}
	own := distance()
	larger, mean := 1, 0.0
	all := []float64{own}
	for range energyExchanges {
		for i := range n {
			signs.SetVec(i, float64(1-2*random.IntN(2)))
		}
		d := distance()
		if d >= own {
			larger++
		}
		mean += d / energyExchanges
		all = append(all, d)
	}
	p := float64(larger) / (energyExchanges + 1)
	// The mean under exchange is what samples of this size have by themselves.
	share := math.Max(0, own-mean) / (2 * across)
	r := Result{Name: Energy, Verdict: Pass, Value: share, Bound: math.Max(smallEnergy, (quantile(all, 1-sharedLevel)-mean)/(2*across)), Count: n}
	chance := fmt.Sprintf("probability by chance %.2g", p)
	switch {
	case p >= sharedLevel:
		r.Text = "rows are as far from draws as from each other (" + chance + ")"
	case share > largeEnergy:
		r.Verdict, r.Text = Fail, fmt.Sprintf("rows lie elsewhere than draws: as far as if every column were off by %.2g deviations (%s)", 2*math.Sqrt(share), chance)
	case share > smallEnergy:
		r.Verdict, r.Text = Warn, fmt.Sprintf("rows lie a little elsewhere than draws: as if every column were off by %.2g deviations (%s)", 2*math.Sqrt(share), chance)
	default:
		r.Text = "rows lie elsewhere than draws, by less than matters (" + chance + ")"
	}
	return []Result{r}, nil
}

// exchanges is the matrix M with E² = −sᵀ·M·s/n², where s = (1, …, 1), or −1 for pairs that are exchanged, and the mean distance between sides:
// M_ij = ‖x_i − x_j‖ + ‖y_i − y_j‖ − ‖x_i − y_j‖ − ‖y_i − x_j‖.
func exchanges(t twins) (m *mat.SymDense, across float64) {
	n := t.truth.Rows
	m = mat.NewSymDense(n, nil)
	apart := func(a, b []float64) float64 { return math.Sqrt(distance(a, b)) }
	for i := range n {
		xi, yi := t.truth.Row(i), t.drawn.Row(i)
		for j := i; j < n; j++ {
			xj, yj := t.truth.Row(j), t.drawn.Row(j)
			cross := apart(xi, yj) + apart(yi, xj)
			m.SetSym(i, j, apart(xi, xj)+apart(yi, yj)-cross)
			if i == j {
				cross /= 2
			}
			across += cross / float64(n*n)
		}
	}
	return m, across
}
