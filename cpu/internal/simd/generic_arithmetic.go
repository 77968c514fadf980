package simd

// Arithmetic of two slices, and of a slice and a scalar.

func genericAdd[T Float](dst, a, b []T) {
	check2(len(dst), len(a), len(b))
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

func genericSub[T Float](dst, a, b []T) {
	check2(len(dst), len(a), len(b))
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] - b[i]
	}
}

func genericMul[T Float](dst, a, b []T) {
	check2(len(dst), len(a), len(b))
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}

func genericDiv[T Float](dst, a, b []T) {
	check2(len(dst), len(a), len(b))
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] / b[i]
	}
}

func genericMax[T Float](dst, a, b []T) {
	check2(len(dst), len(a), len(b))
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = max(a[i], b[i])
	}
}

func genericMin[T Float](dst, a, b []T) {
	check2(len(dst), len(a), len(b))
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = min(a[i], b[i])
	}
}

func genericAddS[T Float](dst, a []T, s T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] + s
	}
}

func genericSubS[T Float](dst, a []T, s T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] - s
	}
}

func genericRSubS[T Float](dst, a []T, s T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = s - a[i]
	}
}

func genericMulS[T Float](dst, a []T, s T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] * s
	}
}

func genericDivS[T Float](dst, a []T, s T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] / s
	}
}

func genericRDivS[T Float](dst, a []T, s T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = s / a[i]
	}
}

func genericMaxS[T Float](dst, a []T, s T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = max(a[i], s)
	}
}

func genericMinS[T Float](dst, a []T, s T) {
	check1(len(dst), len(a))
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = min(a[i], s)
	}
}

func genericFMA[T Float](dst, a, b, c []T) {
	check3(len(dst), len(a), len(b), len(c))
	a, b, c = a[:len(dst)], b[:len(dst)], c[:len(dst)]
	for i := range dst {
		dst[i] = T(a[i]*b[i]) + c[i]
	}
}

func genericAXPY[T Float](dst, x []T, s T) {
	check1(len(dst), len(x))
	x = x[:len(dst)]
	for i := range dst {
		dst[i] += T(s * x[i])
	}
}
