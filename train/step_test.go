package train

import (
	"math"
	"slices"
	"testing"

	"diffeo/matrix"
	"diffeo/ref"
)

// Three steps are those of the formulas: gradients from the interpreter, norm, clipping, Adam and cosine in plain Go.
func TestStepsAgreeWithTheFormulas(t *testing.T) {
	for _, clip := range []float64{0.5, math.Inf(1)} {
		f, p := small(t, "maf", 2, 0)
		bound, err := f.Bind()
		must(t, err)
		g, err := gradientGraph(bound, "", likelihood(false, 0))
		must(t, err)
		c := Config{Steps: 4, Batch: 50, Rate: 0.05, Clip: clip, Threads: 2}
		tr := trainerOf(t, f, p, banana[float64](130, 1), Data[float64]{}, c)
		m, v := map[string][]float64{}, map[string][]float64{}
		for step := range 3 {
			o, err := tr.step(t.Context(), step)
			must(t, err)
			if !o.good {
				t.Fatal("a step was skipped")
			}
			call := ref.Call{Rows: 50, Inputs: map[string][]float64{inputX: tr.x.Data}}
			for _, s := range bound.Specs {
				call.Inputs[s.Name] = p.Data(s.Name)
			}
			want, err := ref.Run(t.Context(), g, call)
			must(t, err)
			close(t, "loss", o.loss, want.Outputs[outLoss][0])
			squares := 0.0
			for _, s := range bound.Specs {
				for _, x := range want.Outputs[prefixG+s.Name] {
					squares += x * x
				}
			}
			close(t, "norm", o.norm, math.Sqrt(squares))
			scale, k := min(1, clip/math.Sqrt(squares)), float64(step+1)
			rate := 0.05 * (1 + math.Cos(math.Pi*float64(step)/4)) / 2
			for _, s := range bound.Specs {
				data := p.Data(s.Name)
				if step == 0 {
					m[s.Name], v[s.Name] = make([]float64, len(data)), make([]float64, len(data))
				}
				m, v := m[s.Name], v[s.Name]
				for i, x := range want.Outputs[prefixG+s.Name] {
					x *= scale
					m[i] = 0.9*m[i] + 0.1*x
					v[i] = 0.999*v[i] + 0.001*x*x
					data[i] -= rate * (m[i] / (1 - math.Pow(0.9, k))) / (math.Sqrt(v[i]/(1-math.Pow(0.999, k))) + 1e-8)
					close(t, s.Name, tr.weights.p[tr.weights.at[s.Name]][i], data[i])
				}
			}
		}
	}
}

func close(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-7*(1+math.Abs(want)) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
}

// A step allocates nothing, nor does a validation.
func TestAStepAllocatesNothing(t *testing.T) {
	f, p := small(t, "maf", 2, 0)
	tr := trainerOf(t, f, p, banana[float32](1000, 1), banana[float32](500, 2), Config{Threads: 1, Batch: 300})
	ctx, n := t.Context(), 0
	if a := testing.AllocsPerRun(20, func() {
		if o, err := tr.step(ctx, n); !o.good || err != nil {
			t.Fatal(o, err)
		}
		n++
	}); a != 0 {
		t.Errorf("%v allocations a step", a)
	}
	if a := testing.AllocsPerRun(5, func() {
		if _, _, err := tr.validate(ctx); err != nil {
			t.Fatal(err)
		}
		tr.weights.keepBest()
	}); a != 0 {
		t.Errorf("%v allocations a validation", a)
	}
}

// Each epoch deals every row at most once, in an order of its own, and leaves out only what does not fill a batch. A batch is a function of
// its number, whichever was asked for before.
func TestBatches(t *testing.T) {
	d := Data[float64]{X: banana[float64](25, 1).X, Cond: banana[float64](25, 9).X, Weights: make([]float64, 25)}
	for i := range d.Weights {
		d.Weights[i] = float64(i)
	}
	b := newBatches(d, 1)
	x, cond, w := matrix.New[float64](10, 2), matrix.New[float64](10, 2), make([]float64, 10)
	var orders [][]int
	for epoch := range 6 {
		var seen []int
		for k := range 2 {
			must(t, b.Batch(t.Context(), 2*epoch+k, x, cond, w))
			for i, r := range b.dealt {
				seen = append(seen, r)
				if !slices.Equal(x.Row(i), d.X.Row(r)) || !slices.Equal(cond.Row(i), d.Cond.Row(r)) || math.Abs(w[i]-float64(r)/12) > 1e-12 {
					t.Fatalf("row %d of the batch is not row %d of the data with its context and weight %g", i, r, w[i])
				}
			}
		}
		orders = append(orders, slices.Clone(seen))
		slices.Sort(seen)
		if len(slices.Compact(seen)) != 20 {
			t.Fatalf("an epoch dealt a row twice: %v", seen)
		}
	}
	if slices.Equal(orders[0], orders[1]) {
		t.Error("two epochs have the same order")
	}
	same := newBatches(d, 1)
	for _, n := range []int{9, 0, 3, 3, 11, 2} {
		must(t, same.Batch(t.Context(), n, x, cond, w))
		if at := n % 2 * 10; !slices.Equal(same.dealt, orders[n/2][at:at+10]) {
			t.Errorf("batch %d depends on what was asked for before, or not on the seed alone", n)
		}
	}
}

// Fewer rows than a batch are one batch; the schedule ends at 0.
func TestConfigFilled(t *testing.T) {
	c, err := Config{Epochs: 7}.filled(100)
	must(t, err)
	if c.Batch != 100 || c.Steps != 7 {
		t.Errorf("%+v", c)
	}
	c, err = Config{}.filled(100000)
	must(t, err)
	if c.Steps != 3000 || c.Batch != 512 || c.rate(0) != 1e-3 || c.rate(1500) != 0.5e-3 || c.rate(3000) > 1e-18 {
		t.Errorf("%+v: rates %v %v %v", c, c.rate(0), c.rate(1500), c.rate(3000))
	}
}
