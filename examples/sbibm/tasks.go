package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"diffeo/infer"
)

// task is a problem of the benchmark: its prior and its simulator, and the density that these have, which the benchmark was chosen to have.
type task struct {
	name      string
	simulator infer.Simulator

	// logLikelihood is log p(x | θ). The prior is a product; logPrior is its log-density on the support. Neither is shown to what is fitted.
	logLikelihood func(theta, x []float64) float64
	logPrior      func(theta []float64) float64
}

// tasks are four of the ten tasks of Lueckmann et al., Benchmarking Simulation-Based Inference, arXiv 2101.04653, appendix T.
var tasks = []task{twoMoons(), gaussianLinear(), gaussianLinearUniform(), gaussianMixture()}

func find(name string) (task, error) {
	for _, t := range tasks {
		if t.name == name {
			return t, nil
		}
	}
	return task{}, fmt.Errorf("there is no task %q", name)
}

// numbered are the names of n numbers.
func numbered(letter string, n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprint(letter, i+1))
	}
	return names
}

// uniform draws from (low, high): never an end.
func uniform(r *rand.Rand, low, high float64) float64 {
	for {
		if x := low + (high-low)*r.Float64(); x > low && x < high {
			return x
		}
	}
}

// box is a task whose prior is uniform in (−half, half) in every parameter.
func box(name string, dim int, half float64, simulate func(r *rand.Rand, theta, x []float64), logLikelihood func(theta, x []float64) float64) task {
	support := make([]infer.Interval, dim)
	for k := range support {
		support[k] = infer.Interval{Low: -half, High: half}
	}
	return task{name, infer.Simulator{
		Parameters: numbered("theta", dim), Observations: numbered("x", dim), Support: support,
		Prior: func(r *rand.Rand, theta []float64) {
			for k := range theta {
				theta[k] = uniform(r, -half, half)
			}
		},
		Simulate: func(r *rand.Rand, theta, x []float64) error {
			simulate(r, theta, x)
			return nil
		},
	}, logLikelihood, func(theta []float64) float64 {
		for _, v := range theta {
			if !(v > -half && v < half) {
				return math.Inf(-1)
			}
		}
		return -float64(dim) * math.Log(2*half)
	}}
}

// spread adds normal noise of a deviation to every parameter.
func spread(r *rand.Rand, deviation float64, theta, x []float64) {
	for k, v := range theta {
		x[k] = v + deviation*r.NormFloat64()
	}
}

// logNormal is log N(x; mean, deviation²·I).
func logNormal(x, mean []float64, deviation float64) float64 {
	sum := -float64(len(x)) * (math.Log(deviation) + math.Log(2*math.Pi)/2)
	for k := range x {
		z := (x[k] - mean[k]) / deviation
		sum -= z * z / 2
	}
	return sum
}

const linearDim = 10

// linearDeviation is √0.1, that of the noise of the linear tasks, and of the first one's prior.
var linearDeviation = math.Sqrt(0.1)

// gaussianLinear is T.1: θ ~ N(0, 0.1·I), x | θ ~ N(θ, 0.1·I), ten of each.
func gaussianLinear() task {
	zero := make([]float64, linearDim)
	return task{"gaussian_linear", infer.Simulator{
		Parameters: numbered("theta", linearDim), Observations: numbered("x", linearDim),
		Prior: func(r *rand.Rand, theta []float64) { spread(r, linearDeviation, zero, theta) },
		Simulate: func(r *rand.Rand, theta, x []float64) error {
			spread(r, linearDeviation, theta, x)
			return nil
		},
	}, linearLikelihood, func(theta []float64) float64 { return logNormal(theta, zero, linearDeviation) }}
}

func linearLikelihood(theta, x []float64) float64 { return logNormal(x, theta, linearDeviation) }

// gaussianLinearUniform is T.2: θ uniform in (−1, 1), x | θ ~ N(θ, 0.1·I), ten of each.
func gaussianLinearUniform() task {
	return box("gaussian_linear_uniform", linearDim, 1, func(r *rand.Rand, theta, x []float64) { spread(r, linearDeviation, theta, x) }, linearLikelihood)
}

// gaussianMixture is T.7: θ uniform in (−10, 10), x | θ ~ ½ N(θ, I) + ½ N(θ, 0.01·I), two of each.
func gaussianMixture() task {
	return box("gaussian_mixture", 2, 10, func(r *rand.Rand, theta, x []float64) {
		deviation := 1.0
		if r.Float64() < 0.5 {
			deviation = 0.1
		}
		spread(r, deviation, theta, x)
	}, func(theta, x []float64) float64 {
		wide, narrow := logNormal(x, theta, 1), logNormal(x, theta, 0.1)
		most := max(wide, narrow)
		return most + math.Log((math.Exp(wide-most)+math.Exp(narrow-most))/2)
	})
}
