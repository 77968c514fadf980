package train

// follow moves the averages towards the parameters after update number k, from 1:
//
//	a ← a + (1 − βₖ)(p − a),  βₖ = min(β, k/(k + 9))
//
// The bound on β lets the first weights, which are nobody's estimate, be forgotten at once: after k steps with βₖ = k/(k + 9)
// their share falls as k⁻⁹ (the schedule, with an offset of one, of TensorFlow's ExponentialMovingAverage). State, of which the
// flow keeps its own averages, is copied.
func (w *weights[T]) follow(beta float64, k int) {
	step := T(1 - min(beta, float64(k)/float64(k+9)))
	for i, a := range w.average {
		p := w.p[i]
		if w.m[i] == nil {
			copy(a, p)
			continue
		}
		for j, x := range p[:len(a)] {
			a[j] += step * (x - a[j])
		}
	}
}
