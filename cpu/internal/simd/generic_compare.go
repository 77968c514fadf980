package simd

// Comparisons, as 1 or 0, and what is chosen by them.

func oneIf[T Float](b bool) T {
	if b {
		return 1
	}
	return 0
}

func genericLess[T Float](dst, a, b []T) {
	check2(len(dst), len(a), len(b))
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = oneIf[T](a[i] < b[i])
	}
}

func genericLessEq[T Float](dst, a, b []T) {
	check2(len(dst), len(a), len(b))
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = oneIf[T](a[i] <= b[i])
	}
}

func genericGreater[T Float](dst, a, b []T) {
	check2(len(dst), len(a), len(b))
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = oneIf[T](a[i] > b[i])
	}
}

func genericGreaterEq[T Float](dst, a, b []T) {
	check2(len(dst), len(a), len(b))
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = oneIf[T](a[i] >= b[i])
	}
}

func genericEqual[T Float](dst, a, b []T) {
	check2(len(dst), len(a), len(b))
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = oneIf[T](a[i] == b[i])
	}
}

func genericNotEqual[T Float](dst, a, b []T) {
	check2(len(dst), len(a), len(b))
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = oneIf[T](a[i] != b[i])
	}
}

func genericLessS[T Float](dst, a []T, s T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = oneIf[T](a[i] < s)
	}
}

func genericLessEqS[T Float](dst, a []T, s T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = oneIf[T](a[i] <= s)
	}
}

func genericGreaterS[T Float](dst, a []T, s T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = oneIf[T](a[i] > s)
	}
}

func genericGreaterEqS[T Float](dst, a []T, s T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = oneIf[T](a[i] >= s)
	}
}

func genericEqualS[T Float](dst, a []T, s T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = oneIf[T](a[i] == s)
	}
}

func genericNotEqualS[T Float](dst, a []T, s T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = oneIf[T](a[i] != s)
	}
}

func genericSelect[T Float](dst, cond, a, b []T) {
	check3(len(dst), len(cond), len(a), len(b))
	cond, a, b = cond[:len(dst)], a[:len(dst)], b[:len(dst)]
	for i := range dst {
		if cond[i] != 0 {
			dst[i] = a[i]
		} else {
			dst[i] = b[i]
		}
	}
}

func genericReLU[T Float](dst, a []T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i, x := range a {
		if x < 0 {
			x = 0
		}
		dst[i] = x
	}
}

func genericReLUGrad[T Float](dst, g, y []T) {
	check2(len(dst), len(g), len(y))
	g, y = g[:len(dst)], y[:len(dst)]
	for i, x := range g {
		if !(y[i] > 0) {
			x = 0
		}
		dst[i] = x
	}
}
