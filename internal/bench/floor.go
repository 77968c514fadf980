package bench

import "slices"

// Floor is the arithmetic that a workload cannot do without: multiplications and additions of its dense layers, weights that an autoregressive
// mask makes zero left out. Divided by the best rate of matrix products of a machine it is the least time. Convolutions count as they are defined, nine multiplications for a pixel of
// 3×3: Winograd's algorithm has fewer, so that a flow of images may come below.
type Floor struct {
	Row        float64 // GFLOP of the forward pass of one row: a density, or a draw
	Train      float64 // GFLOP of a training step: forward, gradient of the inputs, gradient of the weights
	TrainDense float64 // the same with the zeros
}

// weights is one dense layer as far as its cost goes: all weights, those that are not masked, and those of the condition.
type weights struct{ all, live, context float64 }

// Floor counts. Hidden units of a masked network have their degrees in turn, from 1 to dim-1, or from 0 under a condition, which enters every layer. The
// gradient with respect to data and condition is not needed: one network, that of the transform next to the data, has none for its first
// layer.
func (w Workload) Floor() Floor {
	if w.Kind == "glow" {
		return w.glowFloor()
	}
	var f Floor
	for i := range w.Transforms {
		for n, l := range w.layers(i) {
			f.Row += 2 * (l.live + l.context)
			gradients := 2.0
			if n == 0 && i == w.Transforms-1 {
				gradients = 1
			}
			step := 2 * float64(w.TrainBatch)
			f.Train += step * (l.live*(1+gradients) + 2*l.context)
			f.TrainDense += step * (l.all*(1+gradients) + 2*l.context)
		}
	}
	f.Row, f.Train, f.TrainDense = f.Row/1e9, f.Train/1e9, f.TrainDense/1e9
	return f
}

// GFLOP is the live arithmetic of an operation of Ops on a batch; 0 for startup.
func (f Floor) GFLOP(op string, batch int) float64 {
	switch op {
	case "train":
		return f.Train
	case "logprob", "logprob1", "sample":
		return f.Row * float64(batch)
	}
	return 0
}

// layers are those of the network of transform i.
func (w Workload) layers(i int) []weights {
	outs := 2
	if w.Univariate == "rqs" {
		outs = 3*w.Bins - 1
	}
	if w.Kind == "maf" {
		return w.masked(outs)
	}
	condition, moved := w.Dim/2, w.Dim-w.Dim/2
	if w.Between == "swap" && i%2 == 1 {
		condition, moved = moved, condition
	}
	hidden := w.Hidden
	if condition+w.Context == 0 {
		hidden = nil // a constant
	}
	sizes := append(append([]int{condition}, hidden...), moved*outs)
	var ls []weights
	for k := 1; k < len(sizes); k++ {
		all := float64(sizes[k-1] * sizes[k])
		ls = append(ls, weights{all, all, float64(w.Context * sizes[k])})
	}
	return ls
}

// masked are the layers of a masked network.
func (w Workload) masked(outs int) []weights {
	low, degrees := 1, max(1, w.Dim-1)
	if w.Context > 0 {
		low, degrees = 0, w.Dim
	}
	units := make([]int, w.Dim)
	for d := range units {
		units[d] = d + 1
	}
	var ls []weights
	add := func(next []int, sees func(out, in int) bool) {
		count := make([]int, w.Dim+1) // of the units before, by degree
		for _, in := range units {
			count[in]++
		}
		live := 0
		for _, out := range next {
			for in, n := range count {
				if sees(out, in) {
					live += n
				}
			}
		}
		ls = append(ls, weights{float64(len(units) * len(next)), float64(live), float64(w.Context * len(next))})
		units = next
	}
	hidden := w.Hidden
	if w.Dim == 1 && w.Context == 0 {
		hidden = nil // nothing to see: a bias
	}
	for _, h := range hidden {
		next := make([]int, h)
		for j := range next {
			next[j] = low + j%degrees
		}
		add(next, func(out, in int) bool { return out >= in })
	}
	last := make([]int, 0, w.Dim*outs)
	for d := range w.Dim {
		last = append(last, slices.Repeat([]int{d + 1}, outs)...)
	}
	add(last, func(out, in int) bool { return out > in })
	return ls
}
