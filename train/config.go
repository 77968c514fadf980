package train

import (
	"fmt"
	"math"
	"runtime"

	"diffeo/fault"
)

// Config says how to train. Every field may be left at zero.
type Config struct {
	Steps         int     // 0: what Epochs says
	Epochs        int     // passes over the rows; at most one of Steps and Epochs is given; neither: 3000 steps
	Batch         int     // rows of a step; 0: 512. A table with fewer rows is one batch
	Rate          float64 // learning rate of the first step, from which a cosine leads to 0 at the last; 0: 1e-3
	Clip          float64 // gradients with a larger norm, over all parameters together, are scaled down to it; 0: 5; +Inf: never
	ValidateEvery int     // steps; 0: 100. The last step is always validated
	Patience      int     // stop after so many steps without a better validation; 0: 500; −1: never
	Seed          uint64  // of the order of the rows
	Threads       int     // 0: as many as Go uses processors. Results do not depend on it
	MaxBad        int     // consecutive steps that are not finite after which training fails; 0: 10

	// Progress is called after every step, on the caller's goroutine; nil: not.
	Progress func(Progress)
}

// Progress is the state after a step.
type Progress struct {
	Step, Steps int     // steps done, and planned
	Loss        float64 // −mean log p over the step's batch
	Norm        float64 // of the gradient, before clipping
	Rate        float64
	Validated   bool    // whether this step was validated
	Validation  float64 // mean log p over the validation rows, of the last validation
	Best        float64 // of the best one so far
	Skipped     *Skip   // the step changed nothing, for this reason; nil: it did
}

// DefaultConfig is what the zero Config means.
func DefaultConfig() Config {
	return Config{Steps: 3000, Batch: 512, Rate: 1e-3, Clip: 5, ValidateEvery: 100, Patience: 500, MaxBad: 10}
}

// filled checks the fields and fills in zeros for a table of so many rows. Errors wrap fault.ErrConfig and name the field.
func (c Config) filled(rows int) (Config, error) {
	for _, f := range []struct {
		name string
		ok   bool
		has  any
	}{
		{"Steps", c.Steps >= 0, c.Steps},
		{"Epochs", c.Epochs >= 0, c.Epochs},
		{"Steps and Epochs, of which one may be given", c.Steps == 0 || c.Epochs == 0, [2]int{c.Steps, c.Epochs}},
		{"Batch", c.Batch >= 0, c.Batch},
		{"Rate", c.Rate >= 0 && !math.IsInf(c.Rate, 0), c.Rate},
		{"Clip", c.Clip >= 0, c.Clip},
		{"ValidateEvery", c.ValidateEvery >= 0, c.ValidateEvery},
		{"Patience", c.Patience >= -1, c.Patience},
		{"Threads", c.Threads >= 0, c.Threads},
		{"MaxBad", c.MaxBad >= 0, c.MaxBad},
	} {
		if !f.ok {
			return c, fmt.Errorf("%w: %s: %v", fault.ErrConfig, f.name, f.has)
		}
	}
	d := DefaultConfig()
	c.Batch = min(or(c.Batch, d.Batch), rows)
	if c.Epochs > 0 {
		c.Steps = c.Epochs * (rows / c.Batch)
	}
	c.Steps = or(c.Steps, d.Steps)
	c.Rate, c.Clip = or(c.Rate, d.Rate), or(c.Clip, d.Clip)
	c.ValidateEvery, c.Patience = or(c.ValidateEvery, d.ValidateEvery), or(c.Patience, d.Patience)
	c.MaxBad = or(c.MaxBad, d.MaxBad)
	c.Threads = or(c.Threads, runtime.GOMAXPROCS(0))
	return c, nil
}

func or[T comparable](x, otherwise T) T {
	var zero T
	if x == zero {
		return otherwise
	}
	return x
}

// rate is the cosine schedule: Rate·½(1 + cos πt/Steps) for the steps t = 0 … Steps−1 (Loshchilov and Hutter, arXiv 1608.03983, without
// restarts).
func (c Config) rate(t int) float64 {
	return c.Rate * 0.5 * (1 + math.Cos(math.Pi*float64(t)/float64(c.Steps)))
}
