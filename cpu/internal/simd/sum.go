package simd

import "fmt"

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

func genericSumRows[T Float](acc []float64, src []T, units, stride, n int, add bool) {
	checkSumRows(acc, src, units, stride, n)
	sumEachRow(genericSum[T], acc, src, units, stride, n, add)
}

// sumEachRow calls sum for each row.
func sumEachRow[T Float](sum func([]T) float64, acc []float64, src []T, units, stride, n int, add bool) {
	for u := range units {
		s := 0.0
		if n > 0 {
			s = sum(src[u*stride:][:n])
		}
		if add {
			s += acc[u]
		}
		acc[u] = s
	}
}

// checkSumRows panics if a slice is too short for the rows.
func checkSumRows[T Float](acc []float64, src []T, units, stride, n int) {
	if units < 0 || n < 0 || stride < 0 {
		panic(fmt.Sprintf("simd: SumRows of %d rows of %d numbers, %d apart", units, n, stride))
	}
	if len(acc) < units || units > 0 && n > 0 && len(src) < (units-1)*stride+n {
		panic(fmt.Sprintf("simd: SumRows of %d rows of %d numbers, %d apart: the source has %d, there is room for %d sums",
			units, n, stride, len(src), len(acc)))
	}
}

func genericSquareSum[T Float](src []T) float64 { return genericMulSum(src, src) }

func genericMulSum[T Float](a, b []T) float64 {
	checkMulSum(len(a), len(b))
	var acc [sumLanes]float64
	for len(a) >= sumLanes {
		y := b[:sumLanes]
		for j, x := range a[:sumLanes] {
			acc[j] += float64(float64(x) * float64(y[j]))
		}
		a, b = a[sumLanes:], b[sumLanes:]
	}
	return mulSumRest(&acc, a, b)
}

// mulSumRest adds the products of the last elements, fewer than sumLanes, and joins the partial sums.
func mulSumRest[T Float](acc *[sumLanes]float64, a, b []T) float64 {
	for j, x := range a {
		acc[j] += float64(float64(x) * float64(b[j]))
	}
	return sumRest[T](acc, nil)
}

func checkMulSum(a, b int) {
	if a != b {
		panic(fmt.Sprintf("simd: MulSum of %d and %d elements", a, b))
	}
}
