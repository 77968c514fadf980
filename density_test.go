package diffeo_test

import (
	"context"
	"math"
	"testing"

	"diffeo"
	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/matrix"
	"diffeo/scalar"
)

// The asymmetric test of the conventions: exp of a normal is log-normal. A direction or sign taken the other way round fails it.
func TestExpOfANormalIsLogNormal(t *testing.T) {
	f := diffeo.Flow{Base: dist.StandardNormal{Dim: 2}, Transform: bijection.Static{Map: scalar.Exp{}}}
	c := compile[float64](t, f, 0)
	x := matrix.New[float64](3, 2)
	copy(x.Data, []float64{0.5, 1, 2, 0.1, 7, 1.5})
	out := make([]float64, 3)
	if err := c.LogProb(t.Context(), x, diffeo.Matrix[float64]{}, out); err != nil {
		t.Fatal(err)
	}
	for r := range out {
		want := 0.0
		for _, v := range x.Row(r) {
			want += -0.5*math.Log(v)*math.Log(v) - 0.5*math.Log(2*math.Pi) - math.Log(v)
		}
		if math.Abs(out[r]-want) > 1e-12 {
			t.Errorf("row %d: log p = %v, want %v", r, out[r], want)
		}
	}
}

// A row's score is the same bits alone, in any batch, at any place and with any number of threads.
func TestScoreDependsOnTheRowAlone(t *testing.T) {
	t.Run("float32", scoreAlone[float32])
	t.Run("float64", scoreAlone[float64])
}

func scoreAlone[T diffeo.Float](t *testing.T) {
	for _, name := range []string{"maf", "realnvp"} {
		f := flowOf(t, name, 5, 2)
		const rows = 1003
		x, cond := noise[T](t, rows, 5, 1), noise[T](t, rows, 2, 2)
		want := make([]T, rows)
		if err := compileWith[T](t, f, 1).LogProb(t.Context(), x, cond, want); err != nil {
			t.Fatal(err)
		}
		for threads := 1; threads <= 4; threads++ {
			c := compileWith[T](t, f, threads)
			for _, size := range []int{1, 2, 17, 128, 400, rows} {
				got := make([]T, rows)
				for from := 0; from < rows; from += size {
					if size == 1 && from > 40 {
						copy(got[from:], want[from:])
						break
					}
					to := min(from+size, rows)
					if err := c.LogProb(t.Context(), x.Slice(from, to), cond.Slice(from, to), got[from:to]); err != nil {
						t.Fatal(err)
					}
				}
				for r := range got {
					if got[r] != want[r] {
						t.Fatalf("%s: %d threads, batches of %d: row %d scores %v, alone %v", name, threads, size, r, got[r], want[r])
					}
				}
			}
		}
	}
}

func TestLogProbReadsStrides(t *testing.T) {
	f := flowOf(t, "maf", 3, 0)
	c := compile[float64](t, f, 0)
	wide := noise[float64](t, 50, 8, 3)
	view := diffeo.Matrix[float64]{Data: wide.Data[2:], Rows: 50, Cols: 3, Stride: 8}
	dense := matrix.New[float64](50, 3)
	for r := range 50 {
		copy(dense.Row(r), view.Row(r))
	}
	a, b := make([]float64, 50), make([]float64, 50)
	for _, run := range []struct {
		x   diffeo.Matrix[float64]
		out []float64
	}{{view, a}, {dense, b}} {
		if err := c.LogProb(t.Context(), run.x, diffeo.Matrix[float64]{}, run.out); err != nil {
			t.Fatal(err)
		}
	}
	for r := range a {
		if a[r] != b[r] {
			t.Fatalf("row %d: %v through a view, %v from a copy", r, a[r], b[r])
		}
	}
}

// Nothing is allocated per call once a program is warm.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	f := flowOf(t, "maf", 4, 2)
	c := compileWith[float32](t, f, 1)
	x, cond, out := noise[float32](t, 300, 4, 1), noise[float32](t, 300, 2, 2), make([]float32, 300)
	many := matrix.New[float32](900, 4)
	ctx := context.Background()
	for name, call := range map[string]func() error{
		"LogProb":          func() error { return c.LogProb(ctx, x, cond, out) },
		"Sample":           func() error { return c.Sample(ctx, diffeo.Draw{Seed: 1}, cond, x) },
		"SampleAndLogProb": func() error { return c.SampleAndLogProb(ctx, diffeo.Draw{Seed: 1}, cond, x, out) },
		"SampleEach":       func() error { return c.SampleEach(ctx, diffeo.Draw{Seed: 1}, 3, cond, many) },
		"Inverse":          func() error { return c.Transform().Inverse(ctx, x, cond, many.Slice(0, 300), out) },
	} {
		if n := testing.AllocsPerRun(5, func() {
			if err := call(); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s allocates %v times a call", name, n)
		}
	}
}
