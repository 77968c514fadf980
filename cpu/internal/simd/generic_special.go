package simd

import "math"

// More functions of one slice, by way of package math.

func genericSigmoid[T Float](dst, a []T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = T(sigmoid(float64(a[i])))
	}
}

func genericSoftplus[T Float](dst, a []T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = T(softplus(float64(a[i])))
	}
}

func genericExpm1[T Float](dst, a []T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = T(math.Expm1(float64(a[i])))
	}
}

func genericLog1p[T Float](dst, a []T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = T(math.Log1p(float64(a[i])))
	}
}

func genericErf[T Float](dst, a []T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = T(math.Erf(float64(a[i])))
	}
}

func genericSin[T Float](dst, a []T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = T(math.Sin(float64(a[i])))
	}
}

func genericCos[T Float](dst, a []T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = T(math.Cos(float64(a[i])))
	}
}

func genericFloor[T Float](dst, a []T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = T(math.Floor(float64(a[i])))
	}
}

func genericPow[T Float](dst, a, b []T) {
	check2(len(dst), len(a), len(b))
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = T(math.Pow(float64(a[i]), float64(b[i])))
	}
}

func genericRecip[T Float](dst, a []T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = 1 / a[i]
	}
}

func genericSign[T Float](dst, a []T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i, x := range a {
		switch {
		case x > 0:
			x = 1
		case x < 0:
			x = -1
		}
		dst[i] = x
	}
}

func genericFinite[T Float](dst, a []T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i, x := range a {
		dst[i] = oneIf[T](x-x == 0)
	}
}

// sigmoid is 1/(1+e^-x), without a loss where e^x is small.
func sigmoid(x float64) float64 {
	if x < 0 {
		e := exp(x)
		return e / (1 + e)
	}
	return 1 / (1 + exp(-x))
}

// softplus is log(1+e^x).
func softplus(x float64) float64 { return max(x, 0) + math.Log1p(exp(-math.Abs(x))) }
