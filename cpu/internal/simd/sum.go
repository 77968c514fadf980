package simd

// sumLanes is the number of partial sums. The assembly kernels have the same number.
const sumLanes = 16

func genericSum[T Float](src []T) float64 {
	var acc [sumLanes]float64
	for len(src) >= sumLanes {
		for j, x := range src[:sumLanes] {
			acc[j] += float64(x)
		}
		src = src[sumLanes:]
	}
	return sumRest(&acc, src)
}

// sumRest adds the last elements, fewer than sumLanes, and joins the partial sums in halves.
func sumRest[T Float](acc *[sumLanes]float64, src []T) float64 {
	for j, x := range src {
		acc[j] += float64(x)
	}
	for h := sumLanes / 2; h > 0; h /= 2 {
		for j := range h {
			acc[j] += acc[j+h]
		}
	}
	return acc[0]
}
