package train

import (
	"fmt"
	"math"
	"runtime"
	"time"

	"diffeo/fault"
)

// Config says how to train. Every field may be left at zero.
type Config struct {
	Steps         int     // 0: what Epochs says
	Epochs        int     // passes over the rows; at most one of Steps and Epochs is given; neither: 3000 steps
	Batch         int     // rows of a step; 0: 512. A table with fewer rows is one batch
	Rate          float64 // highest learning rate, from which a cosine leads to 0 at the last step; 0: 1e-3
	Warmup        int     // steps in which the learning rate rises to Rate before the cosine begins; 0: none
	Decay         float64 // of weights, decoupled (AdamW): a step multiplies by 1 − rate·Decay what has two axes or more; 0: none
	Clip          float64 // gradients with a larger norm, over all parameters together, are scaled down to it; 0: 5; +Inf: never
	Average       float64 // below 1: the weights that are validated and kept are a moving average over some 1/(1 − Average) steps; 0: no average
	Noise         float64 // deviation of normal numbers that a step adds to its rows (noise regularization: Rothfuss et al., arXiv 1907.08982); 0: none. Conditions and validation rows keep theirs
	Freeze        string  // FreezeBase or FreezeMap: what keeps its first weights; "": nothing does
	ValidateEvery int     // steps; 0: 100. The last step is always validated
	Patience      int     // stop after so many steps without a better validation; 0: 500; −1: never
	Seed          uint64  // of the order of the rows
	Threads       int     // 0: as many as Go uses processors. Results do not depend on it
	MaxBad        int     // consecutive steps that are not finite after which training fails; 0: 10

	// TimeLimit ends training after the first step that ends later, counted from the call; 0: never. The best weights are kept.
	// How many steps fit in is not a function of the seed.
	TimeLimit time.Duration

	// Checkpoint says where training is noted down, so that it can go on after the process has died.
	Checkpoint Checkpoint

	// Progress is called after every step, on the caller's goroutine; nil: not.
	Progress func(Progress)
}

// What Config.Freeze can name.
const (
	FreezeBase = "base" // the base density
	FreezeMap  = "map"  // the transform
)

// Progress is the state after a step.
type Progress struct {
	Step, Steps int     // steps done, and planned
	Loss        float64 // −mean log p over the step's batch
	Norm        float64 // of the gradient, before clipping
	Rate        float64
	Validated   bool    // whether this step was validated
	Validation  float64 // mean log p over the validation rows (see Result), of the last validation
	Best        float64 // of the best one so far
	Skipped     *Skip   // the step changed nothing, for this reason; nil: it did
	Dropped     int     // rows that the step left out because it would not have been finite with them
}

// DefaultConfig is what the zero Config means.
func DefaultConfig() Config {
	return Config{
		Steps: 3000, Batch: 512, Rate: 1e-3, Clip: 5, ValidateEvery: 100, Patience: 500, MaxBad: 10,
		Checkpoint: Checkpoint{Every: 500},
	}
}

// filled checks the fields and fills in zeros for a table of so many rows; 0: unknown. Errors wrap fault.ErrConfig and name the field.
func (c Config) filled(rows int) (Config, error) {
	for _, f := range []struct {
		name string
		ok   bool
		has  any
	}{
		{"Steps", c.Steps >= 0, c.Steps},
		{"Epochs", c.Epochs >= 0, c.Epochs},
		{"Steps and Epochs, of which one may be given", c.Steps == 0 || c.Epochs == 0, [2]int{c.Steps, c.Epochs}},
		{"Epochs, of a source that does not know its rows", c.Epochs == 0 || rows > 0, c.Epochs},
		{"Batch", c.Batch >= 0, c.Batch},
		{"Rate", c.Rate >= 0 && !math.IsInf(c.Rate, 0), c.Rate},
		{"Warmup", c.Warmup >= 0, c.Warmup},
		{"Decay", c.Decay >= 0 && !math.IsInf(c.Decay, 0), c.Decay},
		{"Clip", c.Clip >= 0, c.Clip},
		{"Average", c.Average >= 0 && c.Average < 1, c.Average},
		{"Noise", c.Noise >= 0 && !math.IsInf(c.Noise, 0), c.Noise},
		{"Freeze", c.Freeze == "" || c.Freeze == FreezeBase || c.Freeze == FreezeMap, c.Freeze},
		{"ValidateEvery", c.ValidateEvery >= 0, c.ValidateEvery},
		{"Patience", c.Patience >= -1, c.Patience},
		{"Threads", c.Threads >= 0, c.Threads},
		{"MaxBad", c.MaxBad >= 0, c.MaxBad},
		{"TimeLimit", c.TimeLimit >= 0, c.TimeLimit},
		{"Checkpoint.Every", c.Checkpoint.Every >= 0, c.Checkpoint.Every},
		{"Checkpoint.Resume without Checkpoint.File", c.Checkpoint.File != "" || !c.Checkpoint.Resume, c.Checkpoint.Resume},
	} {
		if !f.ok {
			return c, fmt.Errorf("%w: %s: %v", fault.ErrConfig, f.name, f.has)
		}
	}
	d := DefaultConfig()
	if c.Batch = or(c.Batch, d.Batch); rows > 0 {
		c.Batch = min(c.Batch, rows)
	}
	if c.Epochs > 0 {
		c.Steps = c.Epochs * (rows / c.Batch)
	}
	c.Steps = or(c.Steps, d.Steps)
	c.Rate, c.Clip = or(c.Rate, d.Rate), or(c.Clip, d.Clip)
	c.ValidateEvery, c.Patience = or(c.ValidateEvery, d.ValidateEvery), or(c.Patience, d.Patience)
	c.MaxBad, c.Checkpoint.Every = or(c.MaxBad, d.MaxBad), or(c.Checkpoint.Every, d.Checkpoint.Every)
	c.Threads = or(c.Threads, runtime.GOMAXPROCS(0))
	if c.Warmup >= c.Steps {
		return c, fmt.Errorf("%w: Warmup: %d of %d steps leave none for learning", fault.ErrConfig, c.Warmup, c.Steps)
	}
	if c.Rate*c.Decay >= 1 {
		return c, fmt.Errorf("%w: Decay: %g at the learning rate %g would turn weights around in a step; keep their product below 1", fault.ErrConfig, c.Decay, c.Rate)
	}
	return c, nil
}

func or[T comparable](x, otherwise T) T {
	var zero T
	if x == zero {
		return otherwise
	}
	return x
}
