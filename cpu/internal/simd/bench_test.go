package simd

import "testing"

// benchLevels runs f at every level for both number types.
func benchLevels(b *testing.B, f32 func(b *testing.B, k *Kernels[float32]), f64 func(b *testing.B, k *Kernels[float64])) {
	for _, l := range Levels() {
		restore := SetLevelForTest(l)
		k32, k64 := For[float32](), For[float64]()
		restore()
		b.Run(l.String()+"/float32", func(b *testing.B) { f32(b, k32) })
		b.Run(l.String()+"/float64", func(b *testing.B) { f64(b, k64) })
	}
}

// aligned is n numbers from a multiple of 64 bytes on.
func aligned[T Float](b *testing.B, n int) []T { return guardedPage[T](b, n)[:n] }

func benchGemm[T Float](b *testing.B, k *Kernels[T]) {
	for _, s := range [][3]int{{100, 100, 16}, {100, 100, 64}, {100, 100, 128}, {100, 100, 512}, {256, 256, 128}, {512, 512, 128}, {12, 100, 128}, {1, 100, 100}} {
		m, kk, n := s[0], s[1], s[2]
		ldb := (n + 15) &^ 15
		x, y, z := aligned[T](b, m*kk), aligned[T](b, kk*ldb), aligned[T](b, m*ldb)
		b.Run(sizesName(m, kk, n), func(b *testing.B) {
			for b.Loop() {
				k.Gemm(z, ldb, x, kk, 1, y, ldb, m, kk, n, Epilogue[T]{})
			}
			b.ReportMetric(2*float64(m*kk*n)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
		})
	}
}

func BenchmarkGemm(b *testing.B) { benchLevels(b, benchGemm[float32], benchGemm[float64]) }

func benchMap[T Float](b *testing.B, k *Kernels[T]) {
	const n = 4096
	d, x, y := aligned[T](b, n), aligned[T](b, n+1024), aligned[T](b, n+2048)
	for i := range x {
		x[i] = 0.001 * T(i+1)
	}
	run := func(name string, f func()) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/element")
		})
	}
	run("Exp", func() { k.Exp(d, x) })
	run("Log", func() { k.Log(d, x) })
	run("Tanh", func() { k.Tanh(d, x) })
	run("Sigmoid", func() { k.Sigmoid(d, x) })
	run("Softplus", func() { k.Softplus(d, x) })
	run("Expm1", func() { k.Expm1(d, x) })
	run("Log1p", func() { k.Log1p(d, x) })
	run("Erf", func() { k.Erf(d, x) })
	run("Sin", func() { k.Sin(d, x) })
	run("Cos", func() { k.Cos(d, x) })
	run("Pow", func() { k.Pow(d, x, x) })
	run("PhiloxNormal", func() { k.PhiloxNormal(d, [2]uint32{1, 2}, 3, 4, 64, n/64, 64) })
	run("PhiloxUniform", func() { k.PhiloxUniform(d, [2]uint32{1, 2}, 3, 4, 64, n/64, 64) })
	run("Add", func() { k.Add(d, x, y) })
	run("Max", func() { k.Max(d, x, y) })
	run("ReLU", func() { k.ReLU(d, x) })
	run("Sum", func() { k.Sum(x[:n]) })
	run("Transpose", func() { k.Transpose(d[:32*128], 32, x, 128, 32, 128) })
}

func BenchmarkMap(b *testing.B) { benchLevels(b, benchMap[float32], benchMap[float64]) }

func benchAdam[T Float](b *testing.B, k *Kernels[T]) {
	h := AdamStep{LR: 1e-3, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Correction1: 0.5, Correction2: 0.1, GradScale: 1}
	for _, c := range []struct {
		name string
		n    int
	}{{"4096", 4096}, {"1M", 1 << 20}} {
		p, g, m, v := aligned[T](b, c.n), aligned[T](b, c.n+1024), aligned[T](b, c.n+2048), aligned[T](b, c.n+3072)
		k.Fill(g, 0.01)
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				k.Adam(p, g, m, v, h)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(c.n), "ns/element")
		})
	}
}

func BenchmarkAdam(b *testing.B) { benchLevels(b, benchAdam[float32], benchAdam[float64]) }

func benchSpline[T Float](b *testing.B, k *Kernels[T]) {
	const lanes, columns = 64, 6
	c := splineConfigs()[0]
	n := lanes * columns
	x, theta := aligned[T](b, n), aligned[T](b, c.Rows()*n)
	y, l, gx, gtheta := aligned[T](b, n), aligned[T](b, n), aligned[T](b, n), aligned[T](b, c.Rows()*n)
	fillSpline(random(b), c, x, theta)
	run := func(name string, f func()) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/element")
		})
	}
	run("Forward", func() { k.RQS(y, l, x, theta, n, n, &c, false) })
	run("Inverse", func() { k.RQS(y, l, x, theta, n, n, &c, true) })
	run("ForwardVJP", func() { k.RQSVJP(gx, gtheta, n, y, l, x, theta, n, n, &c, false) })
	run("InverseVJP", func() { k.RQSVJP(gx, gtheta, n, y, l, x, theta, n, n, &c, true) })
}

func BenchmarkSpline(b *testing.B) { benchLevels(b, benchSpline[float32], benchSpline[float64]) }
