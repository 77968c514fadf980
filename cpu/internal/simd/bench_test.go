package simd

import (
	"reflect"
	"testing"
)

// A timing is one thing that a kernel does, and how much of it.
type timing struct {
	name string  // "" if the kernel has one only
	work float64 // elements, or multiplications and additions
	unit string  // perElement or perFlop
	run  func()
}

const (
	perElement = "ns/element"
	perFlop    = "GFLOP/s"
)

// benchElements is the length of the slices: they lie in the second-level cache.
const benchElements = 4096

// aligned is n numbers from a multiple of 64 bytes on.
func aligned[T Float](tb testing.TB, n int) []T { return guardedPage[T](tb, n)[:n] }

// timings is what to time of the kernel in a field of the table: by its type where all kernels of the type are alike, otherwise by its
// name. Nothing for a kernel that it does not know.
func timings[T Float](tb testing.TB, k *Kernels[T], name string) []timing {
	const n = benchElements
	d, x, y, z := aligned[T](tb, n), aligned[T](tb, n+1024)[:n], aligned[T](tb, n+2048)[:n], aligned[T](tb, n+3072)[:n]
	for i := range x {
		x[i], y[i], z[i] = 0.001*T(i+1), 0.002*T(i+1), T(i%2)
	}
	element := func(run func()) []timing { return []timing{{"", n, perElement, run}} }
	switch name {
	case "Gemm":
		return gemmTimings(tb, k)
	case "Row":
		return rowTimings(tb, k)
	case "Dots":
		return dotsTimings(tb, k)
	case "Transpose":
		return transposeTimings(tb, k)
	case "Adam":
		return adamTimings(tb, k)
	case "SumRows":
		return sumRowsTimings(tb, k)
	case "RQS", "RQSVJP":
		return splineTimings(tb, k, name)
	case "Affine", "AffineVJP":
		return affineTimings(tb, k, name)
	case "NormalLog":
		cols := Columns[T]{x, benchElements / 16}
		return element(func() { k.NormalLog(d[:benchElements/16], cols, 16, benchElements/16) })
	case "WinogradIn", "WinogradOut":
		return winogradTimings(tb, k, name)
	case "PhiloxNormal", "PhiloxUniform", "PhiloxSign":
		return philoxTimings(d, reflect.ValueOf(*k).FieldByName(name).Interface())
	}
	switch f := reflect.ValueOf(*k).FieldByName(name).Interface().(type) {
	case func(dst, a []T):
		return element(func() { f(d, x) })
	case func(dst, a, b []T):
		return element(func() { f(d, x, y) })
	case func(dst, a, b, c []T):
		return element(func() { f(d, z, x, y) })
	case func(dst, a []T, s T):
		return element(func() { f(d, x, 1.25) })
	case func(dst []T, s T):
		return element(func() { f(d, 1.25) })
	case func(src []T) float64:
		return element(func() { f(x) })
	case func(src []T):
		return element(func() { f(x) })
	case func(a, b []T) float64:
		return element(func() { f(x, y) })
	}
	return nil
}

// gemmTimings are shapes of flows' layers: rows of C, inner size, columns of C. With few rows of C these are single rows of data on
// transposed weights.
func gemmTimings[T Float](tb testing.TB, k *Kernels[T]) (ts []timing) {
	padded := func(n int) int { return (n + 15) &^ 15 }
	add := func(name string, m, kk, n int, aRow, aCol int, e Epilogue[T]) {
		ldb := padded(n)
		a, b, c := aligned[T](tb, max(m*kk, kk*aCol)), aligned[T](tb, kk*ldb), aligned[T](tb, m*ldb)
		ts = append(ts, timing{sizesName(m, kk, n) + name, 2 * float64(m*kk*n), perFlop, func() {
			k.Gemm(c, ldb, a, aRow, aCol, b, ldb, m, kk, n, e)
		}})
	}
	for _, s := range [][3]int{
		{100, 100, 16}, {100, 100, 64}, {100, 100, 128}, {100, 100, 512}, {256, 256, 128}, {512, 512, 128}, {12, 100, 128},
		{1, 100, 100}, {1, 256, 256}, {1, 512, 512}, {1, 256, 1472}, {4, 100, 100}, {4, 256, 1472}, {13, 37, 77},
	} {
		add("", s[0], s[1], s[2], s[1], 1, Epilogue[T]{})
	}
	const m, kk, n = 100, 100, 128
	add("-transposed", m, kk, n, 1, m, Epilogue[T]{})
	add("-bias-relu", m, kk, n, kk, 1, Epilogue[T]{Bias: aligned[T](tb, m), ReLU: true})
	add("-accumulate", m, kk, n, kk, 1, Epilogue[T]{Accumulate: true})
	add("-mask", m, kk, n, 1, m, Epilogue[T]{Mask: aligned[T](tb, m*padded(n)), LdMask: padded(n)})
	const wide = 512 // numbers between the columns of a transposed A that does not fit into the first-level cache
	add("-wide", m, wide, n, 1, wide, Epilogue[T]{})
	add("-wide-scratch", m, wide, n, 1, wide, Epilogue[T]{Scratch: aligned[T](tb, GemmScratch)})
	return ts
}

// rowTimings are single rows of layers whose weights lie in four blocks, as those of a mask do.
func rowTimings[T Float](tb testing.TB, k *Kernels[T]) (ts []timing) {
	for _, n := range []int{100, 256, 512} {
		y, x, w := aligned[T](tb, n), aligned[T](tb, n), aligned[T](tb, n*n)
		var blocks []RowBlock
		work := 0
		for q := range 4 {
			b := RowBlock{First: q * n / 4, Rows: n / 4, From: q * n / 4, To: n, At: q * n / 4 * n, Ld: n}
			blocks = append(blocks, b)
			work += b.Rows * (b.To - b.From)
		}
		ts = append(ts, timing{sizeName(n, n), 2 * float64(work), perFlop, func() { k.Row(y, x, 1, w, blocks) }})
	}
	return ts
}

// dotsTimings are gradients of weights: thin ones, and one of a hidden layer.
func dotsTimings[T Float](tb testing.TB, k *Kernels[T]) (ts []timing) {
	const rows = 128
	for _, size := range [][2]int{{3, 65}, {6, 65}, {33, 65}, {77, 77}} {
		m, n := size[0], size[1]
		c, a, b := aligned[T](tb, m*n), aligned[T](tb, m*rows), aligned[T](tb, n*rows)
		ts = append(ts, timing{sizeName(m, n), 2 * float64(m*n*rows), perFlop, func() { k.Dots(c, n, a, rows, b, rows, m, n, rows, false) }})
	}
	return ts
}

func transposeTimings[T Float](tb testing.TB, k *Kernels[T]) (ts []timing) {
	for _, s := range [][2]int{{32, 128}, {100, 128}, {37, 77}} {
		rows, cols := s[0], s[1]
		src, dst := aligned[T](tb, rows*cols), aligned[T](tb, rows*cols)
		ts = append(ts, timing{sizeName(rows, cols), float64(rows * cols), perElement, func() { k.Transpose(dst, rows, src, cols, rows, cols) }})
	}
	return ts
}

func adamTimings[T Float](tb testing.TB, k *Kernels[T]) (ts []timing) {
	h := AdamStep{LR: 1e-3, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Correction1: 0.5, Correction2: 0.1, GradScale: 1}
	for _, c := range []struct {
		name string
		n    int
	}{{"4096", 4096}, {"1M", 1 << 20}} { // in the cache, and beyond
		p, g, m, v := aligned[T](tb, c.n), aligned[T](tb, c.n+1024)[:c.n], aligned[T](tb, c.n+2048)[:c.n], aligned[T](tb, c.n+3072)[:c.n]
		k.Fill(g, 0.01)
		ts = append(ts, timing{c.name, float64(c.n), perElement, func() { k.Adam(p, g, m, v, h) }})
	}
	return ts
}

func sumRowsTimings[T Float](tb testing.TB, k *Kernels[T]) (ts []timing) {
	const units, stride = 100, 128
	acc, x := make([]float64, units), aligned[T](tb, units*stride)
	for _, n := range []int{64, 100, 128} {
		ts = append(ts, timing{sizeName(units, n), float64(units * n), perElement, func() { k.SumRows(acc, x, units, stride, n, true) }})
	}
	return ts
}

// splineTimings are six columns of 64 rows.
func splineTimings[T Float](tb testing.TB, k *Kernels[T], name string) (ts []timing) {
	const n = 6 * 64
	for _, bins := range []int{8, 16} {
		c := splineConfigs()[0]
		c.Bins = bins
		x, theta := aligned[T](tb, n), aligned[T](tb, c.Rows()*n)
		y, l, gx, gtheta := aligned[T](tb, n), aligned[T](tb, n), aligned[T](tb, n), aligned[T](tb, c.Rows()*n)
		fillSpline(random(tb), c, x, theta)
		for _, inverse := range []bool{false, true} {
			run := func() { k.RQS(y, l, x, theta, n, n, &c, inverse) }
			if name == "RQSVJP" {
				run = func() { k.RQSVJP(gx, gtheta, n, y, l, x, theta, n, n, &c, inverse) }
			}
			direction := map[bool]string{false: "forward", true: "inverse"}[inverse]
			ts = append(ts, timing{direction + "-" + sizeName(bins, n), n, perElement, run})
		}
	}
	return ts
}

// affineTimings are six columns of 128 rows.
func affineTimings[T Float](tb testing.TB, k *Kernels[T], name string) (ts []timing) {
	const cols, n = 6, 128
	var o AffineGradients[T]
	for i := range o {
		o[i] = Columns[T]{aligned[T](tb, cols*n), n}
		for j := range o[i].Data {
			o[i].Data[j] = 0.01 * T(j%100)
		}
	}
	for _, c := range []AffineParams{{Bound: 7}, {Bound: 7, Soft: true}} {
		run := func() { k.Affine((*AffineOperands[T])(o[:5]), cols, n, &c) }
		if name == "AffineVJP" {
			run = func() { k.AffineVJP(&o, cols, n, &c) }
		}
		ts = append(ts, timing{map[bool]string{false: "tanh", true: "soft"}[c.Soft], cols * n, perElement, run})
	}
	return ts
}

// winogradTimings are tiles of 32 channels of an image of 16 pixels squared, for each number of a tile.
func winogradTimings[T Float](tb testing.TB, k *Kernels[T], name string) (ts []timing) {
	for _, lanes := range []int{1, 8, 16} {
		w := WinogradTiles{Channels: 32, Tiles: 8, Lanes: lanes, Line: 18 * lanes, Plane: 18 * 18 * lanes, Step: 8 * lanes, Position: 32*8*lanes + 16}
		image, matrices := aligned[T](tb, 32*w.Plane), aligned[T](tb, 16*w.Position)
		run := func() { k.WinogradIn(matrices, image, &w) }
		if name == "WinogradOut" {
			run = func() { k.WinogradOut(image, matrices, nil, nil, &w) }
		}
		ts = append(ts, timing{sizeName(w.Channels, lanes), float64(16 * w.Position), perElement, run})
	}
	return ts
}

func philoxTimings[T Float](dst []T, kernel any) []timing {
	draw := kernel.(func(dst []T, key [2]uint32, stream uint32, firstRow uint64, lanes, n, ld int))
	return []timing{{"", benchElements, perElement, func() { draw(dst, [2]uint32{1, 2}, 3, 4, 64, benchElements/64, 64) }}}
}

func kernelNames() (names []string) {
	t := reflect.TypeOf(Kernels[float32]{})
	for i := range t.NumField() {
		names = append(names, t.Field(i).Name)
	}
	return names
}

func benchKernels[T Float](b *testing.B, k *Kernels[T]) {
	for _, name := range kernelNames() {
		for _, c := range timings(b, k, name) {
			full := name
			if c.name != "" {
				full += "/" + c.name
			}
			b.Run(full, func(b *testing.B) {
				for b.Loop() {
					c.run()
				}
				ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
				if c.unit == perFlop {
					b.ReportMetric(c.work/ns, perFlop)
				} else {
					b.ReportMetric(ns/c.work, perElement)
				}
			})
		}
	}
}

// BenchmarkKernels times every kernel at every level for both number types: level/type/kernel/size.
func BenchmarkKernels(b *testing.B) {
	for _, l := range Levels() {
		restore := SetLevelForTest(l)
		k32, k64 := For[float32](), For[float64]()
		restore()
		b.Run(l.String()+"/float32", func(b *testing.B) { benchKernels(b, k32) })
		b.Run(l.String()+"/float64", func(b *testing.B) { benchKernels(b, k64) })
	}
}

// Every kernel has a benchmark that runs, without allocating.
func TestEveryKernelHasABenchmark(t *testing.T) {
	eachLevel(t, testTimings[float32], testTimings[float64])
}

func testTimings[T Float](t *testing.T, k *Kernels[T]) {
	for _, name := range kernelNames() {
		all := timings(t, k, name)
		if len(all) == 0 {
			t.Errorf("%s has no benchmark: add a case to timings", name)
		}
		seen := map[string]bool{}
		for _, c := range all {
			if seen[c.name] {
				t.Errorf("%s: two timings are called %q", name, c.name)
			}
			seen[c.name] = true
			if n := testing.AllocsPerRun(2, c.run); n != 0 {
				t.Errorf("%s %s allocates %v times", name, c.name, n)
			}
		}
	}
}
