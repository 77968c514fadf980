package train

import "math"

// rate is the learning rate of step t = 0 … Steps−1. Over the first W = Warmup steps it rises linearly, Rate·(t+1)/W; then comes the cosine
//
//	Rate·½(1 + cos π(t−W)/(Steps−W))
//
// (Loshchilov and Hutter, arXiv 1608.03983, without restarts).
func (c Config) rate(t int) float64 {
	if t < c.Warmup {
		return c.Rate * float64(t+1) / float64(c.Warmup)
	}
	return c.Rate * 0.5 * (1 + math.Cos(math.Pi*float64(t-c.Warmup)/float64(c.Steps-c.Warmup)))
}
