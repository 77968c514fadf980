package nn

import (
	"fmt"
	"math"
	"math/rand/v2"

	"diffeo/fault"
	"diffeo/param"
)

// Start says what the first weights of a network are. All are uniform and symmetric, with n the columns that a
// layer reads, those of a condition among them.
type Start uint8

// The starts.
const (
	// NearStart: hidden layers within ±1/√n, as in PyTorch's Linear, and the last layer within ±0.01/√n, so that a flow begins near the identity.
	NearStart Start = iota
	// FarStart: the first layer within ±√(3/n) and the hidden ones after it within ±√(6/n), which keeps the size of what passes through a ReLU (arXiv 1502.01852, equations 7
	// and 10), and the last layer within ±1/√n, where n counts what the mask leaves to a unit. For maps that do not move by factors, as affine ones with scalar.Softplus: they fit holes and arms of a density better from here.
	FarStart
)

func (s Start) check() error {
	if s > FarStart {
		return fmt.Errorf("%w: start %d is none of NearStart, FarStart", fault.ErrConfig, s)
	}
	return nil
}

// place is where a layer stands in its network.
type place uint8

const (
	firstLayer  place = iota // reads columns
	hiddenLayer              // reads units after their activation
	lastLayer
	joiningLayer // the last of a residual block: what it adds begins near 0 from any start, so that depth does not matter
)

// quiet is the factor on the first weights of a layer that begins near 0: small, and not 0, so that the layers before it learn from the first step.
const quiet = 0.01

// bounds are those of the weights of each unit of a layer that reads n columns, reads[j] of them through the mask of unit j.
func (s Start) bounds(at place, n int, reads []int) []float64 {
	gain := 1.0
	switch {
	case at == joiningLayer, at == lastLayer && s == NearStart:
		gain = quiet
	case at == firstLayer && s == FarStart:
		gain = math.Sqrt(3)
	case at == hiddenLayer && s == FarStart:
		gain = math.Sqrt(6)
	}
	bounds := make([]float64, len(reads))
	for j, seen := range reads {
		if s == NearStart {
			seen = n
		}
		bounds[j] = gain / math.Sqrt(float64(max(1, seen)))
	}
	return bounds
}

// rowwise draws each row of a matrix from its ±bound.
func rowwise(bounds []float64) param.Init {
	return func(rng *rand.Rand, data []float64) {
		for j, bound := range bounds {
			row := data[j*len(data)/len(bounds) : (j+1)*len(data)/len(bounds)]
			param.Uniform(bound)(rng, row)
		}
	}
}
