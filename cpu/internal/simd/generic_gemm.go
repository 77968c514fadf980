package simd

// genericGemm computes C = A·B, or what the epilogue makes of it. Every element is one chain of multiplications and
// additions in the order of p, each rounded; the conversion T(…) keeps a compiler from fusing them, which it might do in
// one of the loops below and not in another.
func genericGemm[T Float](c []T, ldc int, a []T, aRow, aCol int, b []T, ldb, m, k, n int, e Epilogue[T]) {
	checkGemm(c, ldc, a, aRow, aCol, b, ldb, m, k, n, &e)
	if n == 0 {
		return
	}
	for i := 0; i < m; i++ {
		ci := c[i*ldc:][:n]
		switch {
		case e.Bias != nil:
			genericFill(ci, e.Bias[i])
		case !e.Accumulate:
			clear(ci)
		}
	}
	i := 0
	for ; i+2 <= m && k > 0; i += 2 {
		genericGemm2(c[i*ldc:][:n], c[(i+1)*ldc:][:n], a[i*aRow:], a[(i+1)*aRow:], aCol, b, ldb, k)
	}
	for ; i < m && k > 0; i++ {
		genericGemm1(c[i*ldc:][:n], a[i*aRow:], aCol, b, ldb, k)
	}
	for i := 0; i < m; i++ {
		ci := c[i*ldc:][:n]
		if e.ReLU {
			genericReLU(ci, ci)
		}
		if e.Mask != nil {
			genericReLUGrad(ci, ci, e.Mask[i*e.LdMask:][:n])
		}
	}
}

// genericGemm2 adds to two rows of C, four columns at a time, so that eight chains run at once in registers.
func genericGemm2[T Float](c0, c1, a0, a1 []T, aCol int, b []T, ldb, k int) {
	n := len(c0)
	j := 0
	for ; j+4 <= n; j += 4 {
		x, y := c0[j:][:4:4], c1[j:][:4:4]
		s0, s1, s2, s3 := x[0], x[1], x[2], x[3]
		t0, t1, t2, t3 := y[0], y[1], y[2], y[3]
		for p, q, at := 0, j, 0; p < k; p, q, at = p+1, q+ldb, at+aCol {
			r := b[q:][:4:4]
			u, v := a0[at], a1[at]
			s0 += T(u * r[0])
			s1 += T(u * r[1])
			s2 += T(u * r[2])
			s3 += T(u * r[3])
			t0 += T(v * r[0])
			t1 += T(v * r[1])
			t2 += T(v * r[2])
			t3 += T(v * r[3])
		}
		x[0], x[1], x[2], x[3] = s0, s1, s2, s3
		y[0], y[1], y[2], y[3] = t0, t1, t2, t3
	}
	if j < n {
		genericGemm1(c0[j:], a0, aCol, b[j:], ldb, k)
		genericGemm1(c1[j:], a1, aCol, b[j:], ldb, k)
	}
}

// genericGemm1 adds to one row of C.
func genericGemm1[T Float](c, a []T, aCol int, b []T, ldb, k int) {
	j := 0
	for ; j+4 <= len(c); j += 4 {
		x := c[j:][:4:4]
		s0, s1, s2, s3 := x[0], x[1], x[2], x[3]
		for p, q, at := 0, j, 0; p < k; p, q, at = p+1, q+ldb, at+aCol {
			r := b[q:][:4:4]
			u := a[at]
			s0 += T(u * r[0])
			s1 += T(u * r[1])
			s2 += T(u * r[2])
			s3 += T(u * r[3])
		}
		x[0], x[1], x[2], x[3] = s0, s1, s2, s3
	}
	for ; j < len(c); j++ {
		s := c[j]
		for p, q, at := 0, j, 0; p < k; p, q, at = p+1, q+ldb, at+aCol {
			s += T(a[at] * b[q])
		}
		c[j] = s
	}
}
