package simd

import (
	"os"
	"slices"
	"testing"
)

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		best Level
		want string
		got  Level
	}{
		{AVX512, "", AVX512}, {AVX512, "avx512", AVX512}, {AVX512, "AVX2", AVX2}, {AVX512, " generic ", Generic},
		{AVX2, "avx512", AVX2}, {AVX2, "", AVX2}, {Generic, "avx2", Generic}, {AVX2, "sse9", AVX2},
	} {
		if l := choose(c.best, c.want); l != c.got {
			t.Errorf("on a machine with %v, %q gives %v, want %v", c.best, c.want, l, c.got)
		}
	}
}

// TestActiveLevel: the environment is heeded.
func TestActiveLevel(t *testing.T) {
	if want := choose(best, os.Getenv(EnvLevel)); ActiveLevel() != want {
		t.Errorf("level %v, want %v", ActiveLevel(), want)
	}
	t.Logf("supported here: %v", Levels())
	if !slices.Contains(Levels(), ActiveLevel()) || Levels()[0] != Generic {
		t.Errorf("levels %v, active %v", Levels(), ActiveLevel())
	}
}

func TestSetLevelForTest(t *testing.T) {
	before := ActiveLevel()
	restore := SetLevelForTest(Generic)
	if ActiveLevel() != Generic || For[float32]() != &generic32 || For[float64]() != &generic64 {
		t.Error("Generic is not in force")
	}
	restore()
	if ActiveLevel() != before {
		t.Errorf("%v after restoring, want %v", ActiveLevel(), before)
	}
	mustPanic(t, "a level that there is not", func() { SetLevelForTest(levels) })
}

// testAllocations: no kernel allocates.
func testAllocations[T Float](t *testing.T, k *Kernels[T]) {
	const n = 100
	x := [][]T{make([]T, n), make([]T, n), make([]T, n)}
	d, sums := make([]T, n), make([]float64, 5)
	none := func(what string, f func()) {
		if a := testing.AllocsPerRun(5, f); a != 0 {
			t.Errorf("%s allocates %v times", what, a)
		}
	}
	for _, c := range mapCases(k) {
		none(c.name, func() { c.run(d, x[:c.srcs], 2) })
	}
	none("Sum", func() { k.Sum(d) })
	none("SumRows", func() { k.SumRows(sums, d, 5, 20, 20, true) })
	none("SquareSum", func() { k.SquareSum(d) })
	none("MulSum", func() { k.MulSum(d, x[0]) })
	k.Fill(x[0], -1e12)
	none("Sin of large angles", func() { k.Sin(d, x[0]) })
	none("Pow of negative numbers", func() { k.Pow(d, x[0], x[1]) })
	none("Adam", func() { k.Adam(d, x[0], x[1], x[2], AdamStep{Correction1: 1, Correction2: 1, Eps: 1}) })
	none("Transpose", func() { k.Transpose(d, 10, x[0], 10, 10, 10) })
	none("Dots", func() { k.Dots(d, 10, x[0], 10, x[1], 10, 10, 10, 10, true) })
	none("Gemm", func() {
		k.Gemm(d, 10, x[0], 10, 1, x[1], 10, 10, 10, 10, Epilogue[T]{Bias: x[2], Mask: x[2], LdMask: 10, ReLU: true})
	})
	none("For", func() { For[T]() })
}

func TestNoAllocations(t *testing.T) {
	eachLevel(t, testAllocations[float32], testAllocations[float64])
}
