package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"diffeo/fault"
	"diffeo/matrix"
)

// Toy is a density of two columns that is known: what flows are tried on in papers. Its shapes are those of FFJORD (Grathwohl et al., arXiv
// 1810.01367; toy_data.py of its code), which the repositories of flows have taken over; where those only draw, the definition here is the nearest
// one whose density can be written down, and says how it differs.
type Toy struct {
	Name string

	// Low and High are opposite corners of a box for quadrature. What lies outside has less than 10⁻⁷ of the mass.
	Low, High [2]float64

	// LogDensity is log p(x) in nats, to the rounding of float64: −Inf outside the support, and at points that are not finite.
	LogDensity func(x [2]float64) float64

	// Draw is a point with that density, a function of what r gives.
	Draw func(r *rand.Rand) [2]float64
}

// Toys lists the densities: "8gaussians", "moons", "checkerboard", "pinwheel", "spirals" and "rings". All have their middle near 0 and lie within some
// 4.5 of it.
func Toys() []Toy {
	return []Toy{eightGaussians(), moons(), checkerboard(), pinwheel(), spirals(), rings()}
}

// ToyNamed is the one of that name; an unknown name is an error that wraps fault.ErrConfig.
func ToyNamed(name string) (Toy, error) {
	var names []string
	for _, t := range Toys() {
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return Toy{}, fmt.Errorf("%w: there is no toy density %q; choose one of %v", fault.ErrConfig, name, names)
}

// Sample is n draws [n, 2], a function of the seed: the first rows of more draws are the same.
func (t Toy) Sample(n int, seed uint64) matrix.Matrix[float64] {
	r, m := rand.New(rand.NewPCG(seed, 0)), matrix.New[float64](n, 2)
	for i := range n {
		x := t.Draw(r)
		copy(m.Row(i), x[:])
	}
	return m
}

// finitePoint says whether both coordinates are numbers.
func finitePoint(x [2]float64) bool { return x[0]-x[0] == 0 && x[1]-x[1] == 0 }

// turn is x turned by an angle, counter-clockwise.
func turn(x [2]float64, angle float64) [2]float64 {
	sin, cos := math.Sincos(angle)
	return [2]float64{cos*x[0] - sin*x[1], sin*x[0] + cos*x[1]}
}

// logSumExp is log Σ exp tᵢ; −Inf where all terms are.
func logSumExp(terms []float64) float64 {
	largest := slices.Max(terms)
	if math.IsInf(largest, -1) {
		return largest
	}
	sum := 0.0
	for _, t := range terms {
		sum += math.Exp(t - largest)
	}
	return largest + math.Log(sum)
}
