package simd

import "math"

// Functions of one slice, by way of package math: float32 is computed in float64 and rounded.

func genericExp[T Float](dst, a []T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = T(exp(float64(a[i])))
	}
}

func genericLog[T Float](dst, a []T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = T(log(float64(a[i])))
	}
}

func genericTanh[T Float](dst, a []T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = T(math.Tanh(float64(a[i])))
	}
}

func genericSqrt[T Float](dst, a []T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = T(math.Sqrt(float64(a[i])))
	}
}

func genericNeg[T Float](dst, a []T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = -a[i]
	}
}

func genericAbs[T Float](dst, a []T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = T(math.Abs(float64(a[i])))
	}
}

// exp is math.Exp, which on amd64 overflows from some 709.4 on, where e^x is still below the largest float64.
func exp(x float64) float64 {
	if x > 709 && x < 710 {
		return math.Exp(x-1) * math.E // x-1 is exact
	}
	return math.Exp(x)
}

// log is math.Log, which on amd64 is wrong for denormals.
func log(x float64) float64 {
	if 0 < x && x < 0x1p-1022 {
		return math.Log(x*0x1p52) - 52*math.Ln2
	}
	return math.Log(x)
}
