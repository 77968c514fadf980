package diffeo_test

import (
	"errors"
	"math"
	"testing"

	"diffeo"
	"diffeo/matrix"
)

var none64 diffeo.Matrix[float64]

// SampleAndLogProb and LogProb are the same density seen from both sides; Sample draws the same points.
func TestSampleAndScoreAgree(t *testing.T) {
	for _, name := range []string{"maf", "iaf", "realnvp", "nice"} {
		for _, context := range []int{0, 2} {
			for _, dim := range []int{1, 4} {
				f := flowOf(t, name, dim, context)
				c := compileWith[float64](t, f, 2)
				var cond diffeo.Matrix[float64]
				if context > 0 {
					cond = noise[float64](t, 200, context, 5)
				}
				x, again := matrix.New[float64](200, dim), matrix.New[float64](200, dim)
				joint, scored := make([]float64, 200), make([]float64, 200)
				d := diffeo.Draw{Seed: 11}
				must(t, c.SampleAndLogProb(t.Context(), d, cond, x, joint))
				must(t, c.Sample(t.Context(), d, cond, again))
				must(t, c.LogProb(t.Context(), x, cond, scored))
				for r := range joint {
					if math.Abs(joint[r]-scored[r]) > 1e-9*(1+math.Abs(joint[r])) {
						t.Fatalf("%s, %d columns, context %d: row %d: log p = %v when drawn, %v when scored", name, dim, context, r, joint[r], scored[r])
					}
				}
				for i := range x.Data {
					if x.Data[i] != again.Data[i] {
						t.Fatalf("%s: Sample and SampleAndLogProb draw different points: %v, %v", name, x.Data[i], again.Data[i])
					}
				}
			}
		}
	}
}

// A stream in pieces is the stream; another seed is another stream.
func TestDrawsInPieces(t *testing.T) {
	f := flowOf(t, "realnvp", 3, 0)
	c := compileWith[float32](t, f, 2)
	var none diffeo.Matrix[float32]
	whole := matrix.New[float32](1000, 3)
	must(t, c.Sample(t.Context(), diffeo.Draw{Seed: 1 << 40}, none, whole))
	for _, size := range []int{1, 7, 333} {
		for from := 0; from < 100; from += size {
			piece := matrix.New[float32](size, 3)
			must(t, c.Sample(t.Context(), diffeo.Draw{Seed: 1 << 40, First: uint64(from)}, none, piece))
			for i, x := range piece.Data {
				if whole.Data[from*3+i] != x {
					t.Fatalf("pieces of %d: row %d differs from the whole stream", size, from+i/3)
				}
			}
		}
	}
	other := matrix.New[float32](1000, 3)
	must(t, c.Sample(t.Context(), diffeo.Draw{Seed: 2 << 40}, none, other))
	same := 0
	for i := range other.Data {
		if other.Data[i] == whole.Data[i] {
			same++
		}
	}
	if same > 3 {
		t.Errorf("two seeds share %d of %d numbers", same, len(other.Data))
	}
}

// n draws from each condition are the draws from conditions repeated n times, in one piece or more.
func TestSampleEachRepeatsConditions(t *testing.T) {
	f := flowOf(t, "maf", 2, 3)
	c := compileWith[float64](t, f, 2)
	cond := noise[float64](t, 700, 3, 9)
	const n = 7 // 4900 rows: more than one piece
	repeated := matrix.New[float64](700*n, 3)
	for r := range repeated.Rows {
		copy(repeated.Row(r), cond.Row(r/n))
	}
	want, got := matrix.New[float64](700*n, 2), matrix.New[float64](700*n, 2)
	must(t, c.Sample(t.Context(), diffeo.Draw{Seed: 3, First: 10 * n}, repeated, want))
	must(t, c.SampleEach(t.Context(), diffeo.Draw{Seed: 3, First: 10}, n, cond, got))
	for i := range got.Data {
		if got.Data[i] != want.Data[i] {
			t.Fatalf("row %d: %v, with repeated conditions %v", i/2, got.Data[i], want.Data[i])
		}
	}
}

// Forward and Inverse undo each other, and their log-determinants cancel.
func TestTransformRoundTrip(t *testing.T) {
	for _, name := range []string{"maf", "iaf", "realnvp", "nice"} {
		f := flowOf(t, name, 4, 1)
		tr := compileWith[float64](t, f, 1).Transform()
		u, cond := noise[float64](t, 130, 4, 1), noise[float64](t, 130, 1, 2)
		x, back := matrix.New[float64](130, 4), matrix.New[float64](130, 4)
		forward, inverse := make([]float64, 130), make([]float64, 130)
		must(t, tr.Forward(t.Context(), u, cond, x, forward))
		must(t, tr.Inverse(t.Context(), x, cond, back, inverse))
		for i := range back.Data {
			if math.Abs(back.Data[i]-u.Data[i]) > 1e-9 {
				t.Fatalf("%s: u = %v comes back as %v", name, u.Data[i], back.Data[i])
			}
		}
		for r := range forward {
			if math.Abs(forward[r]+inverse[r]) > 1e-9 {
				t.Fatalf("%s: log-determinants %v and %v do not cancel", name, forward[r], inverse[r])
			}
		}
	}
}

func TestBadArguments(t *testing.T) {
	plain, given := compile[float64](t, flowOf(t, "maf", 2, 0), 1), compile[float64](t, flowOf(t, "maf", 2, 1), 1)
	ctx := t.Context()
	x, cond, out := noise[float64](t, 5, 2, 1), noise[float64](t, 5, 1, 2), make([]float64, 5)
	nan, inf := noise[float64](t, 5, 2, 1), noise[float64](t, 5, 1, 1)
	nan.Data[7], inf.Data[3] = math.NaN(), math.Inf(-1)
	for name, test := range map[string]struct {
		err, want error
		text      string
	}{
		"columns":             {plain.LogProb(ctx, cond, none64, out), diffeo.ErrShape, "x is 5×1, it has to be 5×2"},
		"short out":           {plain.LogProb(ctx, x, none64, out[:3]), diffeo.ErrShape, "out has 3 numbers for 5 rows"},
		"superfluous":         {plain.LogProb(ctx, x, cond, out), diffeo.ErrContext, "takes no condition"},
		"missing":             {given.LogProb(ctx, x, none64, out), diffeo.ErrContext, "needs a condition of 1 column"},
		"missing, drawing":    {given.Sample(ctx, diffeo.Draw{}, none64, x), diffeo.ErrContext, "needs a condition"},
		"rows of condition":   {given.LogProb(ctx, x, cond.Slice(0, 4), out), diffeo.ErrContext, "is 4×1"},
		"NaN":                 {plain.LogProb(ctx, nan, none64, out), diffeo.ErrData, "row 3, column 1 is NaN"},
		"infinite condition":  {given.LogProb(ctx, x, inf, out), diffeo.ErrData, "cond: row 3, column 0 is -Inf"},
		"torn matrix":         {plain.LogProb(ctx, diffeo.Matrix[float64]{Data: x.Data[:3], Rows: 5, Cols: 2, Stride: 2}, none64, out), diffeo.ErrShape, "stride + columns elements, has 3"},
		"each without any":    {plain.SampleEach(ctx, diffeo.Draw{}, 2, none64, x), diffeo.ErrContext, "use Sample"},
		"each, no draws":      {given.SampleEach(ctx, diffeo.Draw{}, 0, cond, x), diffeo.ErrConfig, "0 draws"},
		"each, wrong rows":    {given.SampleEach(ctx, diffeo.Draw{}, 2, cond, x), diffeo.ErrShape, "has to be 10×2"},
		"short logDet":        {plain.Transform().Inverse(ctx, x, none64, noise[float64](t, 5, 2, 3), out[:1]), diffeo.ErrShape, "logDet"},
		"transform's columns": {plain.Transform().Forward(ctx, x, none64, cond, out), diffeo.ErrShape, "x is 5×1"},
	} {
		if !errors.Is(test.err, test.want) || !contains(test.err, test.text) {
			t.Errorf("%s: %v; want %v with %q", name, test.err, test.want, test.text)
		}
	}
	// No rows are no work.
	must(t, plain.LogProb(ctx, none64, none64, nil))
	must(t, given.Sample(ctx, diffeo.Draw{}, none64, none64))
}
