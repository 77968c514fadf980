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
		dst[i] = T(sin(float64(a[i])))
	}
}

func genericCos[T Float](dst, a []T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = T(cos(float64(a[i])))
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

// sin and cos are those of package math after a better reduction of the angle: math loses the angle's last bits near the
// zeros of the result below 2^29, from where on it reduces with as many digits of π as it takes.
func sin(x float64) float64 {
	n, r := quadrant(x)
	return quarter(n, r)
}

func cos(x float64) float64 {
	n, r := quadrant(x)
	return quarter(n+1, r)
}

// quarter is sin(n·π/2 + r).
func quarter(n int, r float64) float64 {
	y := 0.0
	if n%2 == 0 {
		y = math.Sin(r)
	} else {
		y = math.Cos(r)
	}
	if n&2 != 0 {
		y = -y
	}
	return y
}

// quadrant splits x into n·π/2 and a rest of at most about π/4, for |x| up to 2^30; larger numbers are all rest.
func quadrant(x float64) (n int, r float64) {
	if !(math.Abs(x) < 0x1p30) {
		return 0, x
	}
	q := math.RoundToEven(x * (2 / math.Pi))
	if q == 0 {
		return 0, x
	}
	// π/2 in three parts. The first product is subtracted without error.
	r = math.FMA(-q, 0x1.921fb54442d18p+00, x)
	r = math.FMA(-q, 0x1.1a62633145c07p-54, r)
	r = math.FMA(-q, -0x1.f1976b7ed8fbcp-110, r)
	return int(q), r
}
