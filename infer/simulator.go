package infer

import (
	"context"
	"fmt"
	"math/rand/v2"

	"diffeo/data"
	"diffeo/fault"
	"diffeo/matrix"
)

// Simulator is a model whose likelihood need not be known: a prior that parameters θ are drawn from, and a program that makes an observation x
// of them.
type Simulator struct {
	Parameters   []string   // names of the numbers of θ
	Observations []string   // names of the numbers of x
	Support      []Interval // where the prior puts each parameter; nil: anywhere

	// Prior writes a draw of the prior. Simulate writes an observation given θ, which it must not change. What is random comes from r alone, so that a row is
	// a function of its seed. Neither is called from two goroutines at once.
	Prior    func(r *rand.Rand, theta []float64)
	Simulate func(r *rand.Rand, theta, x []float64) error
}

// Simulations are parameters and, row by row beside them, what was observed. They come from a Simulator, or from a table, whose columns data.Table.Select
// takes apart.
type Simulations struct {
	Parameters, Observations data.Table
}

// Streams of random numbers of one seed, apart from each other.
const (
	priorStream    = 0x7072696f72 // "prior"
	simulateStream = 0x73696d     // "sim"
)

// rowRandom is a row's own source of randomness.
func rowRandom(seed, stream uint64, row int) *rand.Rand {
	return rand.New(rand.NewPCG(seed^stream<<20, uint64(row)))
}

// Draw simulates n rows; row i is a function of the seed and i alone. Errors: fault.ErrConfig for a simulator that is none; fault.ErrData, with the row, for a parameter that
// is outside its support, and fault.ErrNonFinite for numbers that are not finite; those of Simulate and of the context.
func (s Simulator) Draw(ctx context.Context, n int, seed uint64) (Simulations, error) {
	if err := s.check(); err != nil {
		return Simulations{}, err
	}
	if n < 1 {
		return Simulations{}, fmt.Errorf("%w: %d simulations", fault.ErrConfig, n)
	}
	theta := matrix.New[float64](n, len(s.Parameters))
	for row := range n {
		if err := s.propose(seed, row, theta.Row(row)); err != nil {
			return Simulations{}, err
		}
	}
	return s.at(ctx, theta, seed)
}

// propose writes draw number row of the prior.
func (s Simulator) propose(seed uint64, row int, theta []float64) error {
	s.Prior(rowRandom(seed, priorStream, row), theta)
	for k, x := range theta {
		switch {
		case x-x != 0:
			return fmt.Errorf("%w: the prior drew %v for %s (draw %d)", fault.ErrNonFinite, x, s.Parameters[k], row)
		case s.Support != nil && !s.Support[k].holds(x):
			return fmt.Errorf("%w: the prior drew %v for %s (draw %d), outside its support %v", fault.ErrData, x, s.Parameters[k], row, s.Support[k])
		}
	}
	return nil
}

// at simulates an observation at every row of parameters.
func (s Simulator) at(ctx context.Context, theta matrix.Matrix[float64], seed uint64) (Simulations, error) {
	const source = "simulations"
	x := matrix.New[float64](theta.Rows, len(s.Observations))
	for row := range x.Rows {
		if err := ctx.Err(); err != nil {
			return Simulations{}, err
		}
		if err := s.Simulate(rowRandom(seed, simulateStream, row), theta.Row(row), x.Row(row)); err != nil {
			return Simulations{}, fmt.Errorf("simulation %d at %v: %w", row, theta.Row(row), err)
		}
		for k, v := range x.Row(row) {
			if v-v != 0 {
				return Simulations{}, fmt.Errorf("%w: simulation %d at %v observed %v for %s", fault.ErrNonFinite, row, theta.Row(row), v, s.Observations[k])
			}
		}
	}
	return Simulations{
		data.Table{Columns: s.Parameters, Values: theta, Source: source}, data.Table{Columns: s.Observations, Values: x, Source: source},
	}, nil
}

// check reports a simulator that is none.
func (s Simulator) check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: simulator: %s", fault.ErrConfig, fmt.Sprintf(format, args...))
	}
	switch {
	case len(s.Parameters) == 0 || len(s.Observations) == 0:
		return bad("%d parameters and observations of %d numbers: name one of each at least", len(s.Parameters), len(s.Observations))
	case s.Prior == nil || s.Simulate == nil:
		return bad("it needs both Prior and Simulate")
	case s.Support != nil && len(s.Support) != len(s.Parameters):
		return bad("%d intervals of support for %d parameters", len(s.Support), len(s.Parameters))
	}
	seen := map[string]bool{}
	for _, list := range [][]string{s.Parameters, s.Observations} {
		for _, name := range list {
			if name == "" || seen[name] {
				return bad("the name %q: names are not empty and occur once", name)
			}
			seen[name] = true
		}
	}
	for k, at := range s.Support {
		if _, err := at.spec(); err != nil {
			return fmt.Errorf("simulator: parameter %s: %w", s.Parameters[k], err)
		}
	}
	return nil
}
