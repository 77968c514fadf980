package data

import "diffeo/matrix"

// DequantizePixels writes x = v + u for the values v of some pictures, by their numbers from 0, with noise u of row i and value k from 0 to 1: what a density learns of x
// bounds the probability of v (Theis et al., arXiv 1511.01844). It is the one place where pixels become real numbers.
func DequantizePixels[T matrix.Float](m Images, pictures []int, noise Noise, x matrix.Matrix[T]) {
	for i, r := range pictures {
		to := x.Row(i)
		for k, v := range m.Row(r) {
			to[k] = T(v) + T(noise(i, k))
		}
	}
}
