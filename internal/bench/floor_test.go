package bench

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"diffeo/cpu"
	"diffeo/param"
)

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-12*math.Max(math.Abs(a), math.Abs(b)) }

// The floors of the common workloads are those of floors.py of the programs that compare frameworks (train_gflop_live, train_gflop_dense,
// fwd_mflop_per_row_live).
func TestFloorsOfCommonWorkloads(t *testing.T) {
	path := filepath.Join("..", "..", "..", "shared", "bench", "workloads.json")
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("the workloads that are common to all programs are not here: %v", err)
	}
	for _, c := range []struct {
		key        string
		train, row float64
	}{
		{"W1", 0.2116608, 0.138},
		{"W2", 2.559455232, 1.67356},
		{"W3", 1.774770176, 1.15596},
		{"W4", 8.037072896, 5.23776},
		{"W5", 0.21069824, 0.137216},
	} {
		w, err := Load(path, c.key)
		if err != nil {
			t.Error(err)
			continue
		}
		if f := w.Floor(); !near(f.Train, c.train) || !near(1e3*f.Row, c.row) {
			t.Errorf("%s: %g GFLOP a step and %g MFLOP a row, want %g and %g", c.key, f.Train, 1e3*f.Row, c.train, c.row)
		}
	}
}

// By hand: one hidden layer of three units of degrees 1, 2, 1 for three columns sees 1+2+1 of nine inputs, and the two parameters of each of
// three outputs see 0, 2 and 3 of them.
func TestFloorByHand(t *testing.T) {
	w := Workload{Kind: "maf", Univariate: "affine", Dim: 3, Transforms: 2, Hidden: []int{3}, TrainBatch: 5}
	const first, last = 4, 2 * (0 + 2 + 3)
	f := w.Floor()
	if want := 2e-9 * 2 * (first + last); !near(f.Row, want) {
		t.Errorf("a row: %g, want %g", f.Row, want)
	}
	if want := 2e-9 * 5 * ((3*first + 3*last) + (2*first + 3*last)); !near(f.Train, want) {
		t.Errorf("a step: %g, want %g", f.Train, want)
	}
	if want := 2e-9 * 5 * ((3*9 + 3*18) + (2*9 + 3*18)); !near(f.TrainDense, want) {
		t.Errorf("a step with zeros: %g, want %g", f.TrainDense, want)
	}
	for op, want := range map[string]float64{"train": f.Train, "logprob": 7 * f.Row, "logprob1": 7 * f.Row, "sample": 7 * f.Row, "startup": 0} {
		if got := f.GFLOP(op, 7); got != want {
			t.Errorf("%s: %g, want %g", op, got, want)
		}
	}
}

// The layers that are counted are those of the flow: the same number of weights, and, where the units can be dealt over the degrees
// evenly, of weights that are not masked.
func TestFloorIsThatOfTheFlow(t *testing.T) {
	for _, w := range kinds() {
		for _, context := range []int{0, 3} {
			for _, dim := range []int{1, 5} {
				if w.Context, w.Dim, w.Hidden = context, dim, []int{20, 40}; w.Dim == 1 && w.Between == "swap" {
					continue
				}
				if err := w.check(); err != nil {
					t.Fatal(err)
				}
				b, err := w.Flow().Bind()
				if err != nil {
					t.Fatal(err)
				}
				all := 0.0
				for _, s := range b.Specs {
					if len(s.Shape) == 2 {
						all += float64(s.Shape.Size())
					}
				}
				counted := 0.0
				for i := range w.Transforms {
					for _, l := range w.layers(i) {
						if l.live > 0 || w.Dim > 1 { // weights whose mask is all 0 are not declared
							counted += l.all
						}
						counted += l.context
					}
				}
				if counted != all {
					t.Errorf("%s, %d columns, condition of %d: %g weights counted, the flow has %g", w.Name, dim, context, counted, all)
				}
			}
		}
	}
}

// What the engine multiplies in a training step is the floor and what panels add to it: never less, and not all of the zeros.
func TestFloorOfThePlan(t *testing.T) {
	w := Workload{Name: "n", Kind: "maf", Univariate: "affine", Dim: 6, Transforms: 2, Hidden: []int{100, 100}, TrainBatch: 128, EvalBatch: 1}
	if err := w.check(); err != nil {
		t.Fatal(err)
	}
	b, err := w.Flow().Bind()
	if err != nil {
		t.Fatal(err)
	}
	s, err := newStep(b, param.New(b.Specs, 0), w, 1)
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.p.Explain(t.Context(), &s.args, 1)
	if err != nil {
		t.Fatal(err)
	}
	done, f := multiplied(e), w.Floor()
	if done < f.Train*(1-1e-9) || done > (f.Train+f.TrainDense)/2 {
		t.Errorf("the engine does %g GFLOP, the floor is %g, with all zeros %g", done, f.Train, f.TrainDense)
	}
}

func multiplied(e cpu.Explanation) (gflop float64) {
	for _, st := range e.Stages {
		for _, o := range st.Ops {
			gflop += o.GFLOP
		}
	}
	return gflop
}
