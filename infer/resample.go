package infer

import (
	"fmt"
	"math/rand/v2"

	"diffeo/fault"
	"diffeo/matrix"
)

// resampleStream keeps these numbers apart from others of the same seed.
const resampleStream = 0x726573616d706c65 // "resample"

// Resample takes n points by their weights, systematically: a point of share s of the weight comes up ⌊n·s⌋ or ⌈n·s⌉ times. They are points of the target as far as the
// weights are to be trusted; where n is not far below ESS, with repetitions, one after the other. Errors: fault.ErrConfig for n below 1, fault.ErrData where every
// weight is 0.
func (d Draws) Resample(n int, seed uint64) (matrix.Matrix[float64], error) {
	if n < 1 {
		return matrix.Matrix[float64]{}, fmt.Errorf("%w: %d points", fault.ErrConfig, n)
	}
	w, _ := d.weights()
	sum := 0.0
	for _, x := range w {
		sum += x
	}
	if sum == 0 {
		return matrix.Matrix[float64]{}, fmt.Errorf("%w: the target rules all %d draws out: fit the flow, or start it wider", fault.ErrData, len(w))
	}
	out := matrix.New[float64](n, d.X.Cols)
	at, reached := 0, w[0]
	u := rand.New(rand.NewPCG(seed, resampleStream)).Float64()
	for i := range n {
		for goal := (float64(i) + u) / float64(n) * sum; reached < goal && at < len(w)-1; {
			at++
			reached += w[at]
		}
		copy(out.Row(i), d.X.Row(at))
	}
	return out, nil
}
