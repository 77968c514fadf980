package model

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"diffeo"
	"diffeo/data"
	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/recipe"
)

// stepped is a model with a column of every kind, its weights far from those of the initialiser.
func stepped(t testing.TB, precision string) *Model {
	t.Helper()
	columns := []Column{
		{Name: "a", Mean: 1, Std: 2},
		{Name: "flux", Mean: 0.5, Std: 1.5, Steps: []data.Step{{Kind: data.Log, Offset: 2}}},
		{Name: "share", Mean: 0.1, Std: 2, Steps: []data.Step{{Kind: data.Logit, Low: -1, High: 1}}},
		{Name: "n", Mean: 3, Std: 4, Steps: []data.Step{{Kind: data.Dequantize, Width: 0.5}}},
		{Name: "angle", Mean: 0, Std: 1, Steps: []data.Step{{Kind: data.Circular, Period: 360, Cut: 90}}},
	}
	context := []Column{{Name: "c", Mean: 5, Std: 10, Steps: []data.Step{{Kind: data.Log}}}}
	m, err := New("maf", recipe.Config{Transforms: 2, Hidden: []int{8}}, columns, context, precision, 7)
	if err != nil {
		t.Fatal(err)
	}
	shake(m)
	return m
}

// shake gives a model other weights.
func shake(m *Model) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range m.Params.Specs() {
		d := m.Params.Data(s.Name)
		for i := range d {
			d[i] = float64(float32(0.2 * rng.NormFloat64()))
		}
	}
}

// The score of a row is that of the transformed row, in the flow's units, plus the log-determinant; a point of a cell stands for
// its number.
func TestScoreIsTheFlowsScorePlusLogDet(t *testing.T) {
	m := stepped(t, Float64)
	d, err := Compile(m, diffeo.Options{Threads: 1})
	must(t, err)
	flow, err := diffeo.Compile[float64](m.Flow, m.Params, diffeo.Options{Threads: 1})
	must(t, err)
	x, _ := matrix.Of([]float64{0.3, 1.7, -0.4, 2.5, 200}, 5)
	c, _ := matrix.Of([]float64{3}, 1)
	got, bound := make([]float64, 1), make([]float64, 1)
	must(t, d.LogProbCells(t.Context(), x, c, 1, got, bound))
	z, zc := matrix.New[float64](1, 5), matrix.New[float64](1, 1)
	want := make([]float64, 1)
	logDet := -math.Log(2 * 1.5 * 2 * 4 * 1) // the scales
	point := 0.5 * data.CellPoint([]int{3}, 0, 1, data.RowSeeds(x))(0, 3)
	y := []float64{0.3, math.Log(3.7), math.Log(0.6 / 1.4), 2.5 + point, 2*math.Pi*(110.0/360) - math.Pi}
	logDet += -math.Log(3.7) + math.Log(2/(0.6*1.4)) + math.Log(2*math.Pi/360)
	for i, col := range m.Columns {
		z.Data[i] = (y[i] - col.Mean) / col.Std
	}
	zc.Data[0] = (math.Log(3) - 5) / 10 // without a log-determinant
	must(t, flow.LogProb(t.Context(), z, zc, want))
	if want := want[0] + logDet + math.Log(0.5); math.Abs(got[0]-want) > 1e-12*(1+math.Abs(want)) || math.Abs(bound[0]-got[0]) > 1e-12*(1+math.Abs(want)) {
		t.Errorf("%v (bound %v), want %v", got[0], bound[0], want)
	}
}

// The probabilities of the numbers of a grid add up to 1, and frequencies of draws are these.
func TestProbabilitiesOfWholeNumbers(t *testing.T) {
	column := Column{Name: "n", Mean: 3, Std: 1.5, Steps: []data.Step{{Kind: data.Dequantize, Width: 0.5}}}
	m, err := New("nsf-ar", recipe.Config{Transforms: 1, Hidden: []int{4}}, []Column{column}, nil, Float64, 3)
	must(t, err)
	shake(m)
	d, err := Compile(m, diffeo.Options{Threads: 1})
	must(t, err)
	const n, draws = 80, 40000
	x, p, fine, bound := matrix.New[float64](n, 1), make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		x.Data[i] = 3 + 0.5*float64(i-n/2)
	}
	var none matrix.Matrix[float64]
	must(t, d.LogProb(t.Context(), x, none, p))
	must(t, d.LogProbCells(t.Context(), x, none, 512, fine, bound))
	counts := map[float64]float64{}
	drawn := matrix.New[float64](draws, 1)
	must(t, d.Sample(t.Context(), diffeo.Draw{Seed: 5}, none, drawn))
	for _, v := range drawn.Data {
		if v != math.Round(2*v)/2 {
			t.Fatalf("%v was drawn", v)
		}
		counts[v]++
	}
	sum := 0.0
	for i := range n {
		probability := math.Exp(p[i])
		sum += probability
		if math.Abs(p[i]-fine[i]) > 0.01 {
			t.Errorf("%v: %v by 16 points, %v by 512", x.Data[i], p[i], fine[i])
		}
		if bound[i] > fine[i]+1e-12 {
			t.Errorf("%v: the lower bound %v is above %v", x.Data[i], bound[i], fine[i])
		}
		if deviation := math.Sqrt(draws * probability); math.Abs(counts[x.Data[i]]-draws*probability) > 5*deviation+3 {
			t.Errorf("%v was drawn %v times, its probability is %v", x.Data[i], counts[x.Data[i]], probability)
		}
	}
	if math.Abs(sum-1) > 1e-4 {
		t.Errorf("the probabilities add up to %v", sum)
	}
}

// With one point the estimate is the bound, and over many rows its mean is below that of log P, with learned noise and without.
func TestBoundOfOnePoint(t *testing.T) {
	const side = 40
	x, cond := matrix.New[float64](side*side, 2), matrix.New[float64](side*side, 1)
	for r := range x.Rows {
		x.Row(r)[0], x.Row(r)[1] = 0.25*float64(r/side), float64(r%side)
		cond.Data[r] = 5
	}
	for _, learned := range []bool{false, true} {
		d, err := Compile(counts(t, learned), diffeo.Options{Threads: 1})
		must(t, err)
		logP, one, bound := make([]float64, x.Rows), make([]float64, x.Rows), make([]float64, x.Rows)
		must(t, d.LogProbCells(t.Context(), x, cond, 256, logP, nil))
		must(t, d.LogProbCells(t.Context(), x, cond, 1, one, bound))
		mean, squares, n := 0.0, 0.0, 0.0
		for r := range one {
			if math.Abs(one[r]-bound[r]) > 1e-9 && one[r] != bound[r] {
				t.Fatalf("row %d: one point gives %v and the bound %v", r, one[r], bound[r])
			}
			if gap := one[r] - logP[r]; gap == gap { // −∞ − −∞ is none
				mean, squares, n = mean+gap, squares+gap*gap, n+1
			}
		}
		mean /= n
		if se := math.Sqrt((squares/n - mean*mean) / n); n < 100 || mean > 2*se {
			t.Errorf("learned %v: the bound is %v ± %v above log P", learned, mean, se)
		}
	}
}

// Draws lie in every column's support and have a density there, whatever the flow gives.
func TestDrawsStayOnTheSupport(t *testing.T) {
	m := stepped(t, Float32)
	m.Columns[1].Std, m.Columns[2].Std = 300, 300 // beyond exp
	d, err := Compile(m, diffeo.Options{Threads: 1})
	must(t, err)
	const n = 2000
	c, x, p := matrix.New[float64](n, 1), matrix.New[float64](n, 5), make([]float64, n)
	for i := range c.Data {
		c.Data[i] = 4
	}
	must(t, d.Sample(t.Context(), diffeo.Draw{Seed: 1}, c, x))
	for r := range n {
		row := x.Row(r)
		for k, v := range row {
			if v-v != 0 {
				t.Fatalf("row %d: column %d is %v", r, k, v)
			}
		}
		if !(row[1] > -2 && row[2] > -1 && row[2] < 1 && row[3]*2 == math.Round(row[3]*2) && row[4] >= 0 && row[4] < 360) {
			t.Fatalf("row %d: %v", r, row)
		}
	}
	must(t, d.LogProb(t.Context(), x, c, p))
	for r, v := range p {
		if math.IsNaN(v) || math.IsInf(v, 1) {
			t.Fatalf("row %d, %v, scores %v", r, x.Row(r), v)
		}
	}
}

// Outside a column's support the density is 0; a condition there is none.
func TestOutsideTheSupport(t *testing.T) {
	d, err := Compile(stepped(t, Float32), diffeo.Options{Threads: 1})
	must(t, err)
	good := []float64{0.3, 1.7, -0.4, 2.5, 200}
	x, c, p := matrix.New[float64](5, 5), matrix.New[float64](5, 1), make([]float64, 5)
	for r := range 5 {
		copy(x.Row(r), good)
		c.Row(r)[0] = 2
	}
	x.Row(1)[1], x.Row(2)[2], x.Row(3)[3] = -2, 1, 2.25
	must(t, d.LogProb(t.Context(), x, c, p))
	for r, outside := range []bool{false, true, true, true, false} {
		if math.IsInf(p[r], -1) != outside || math.IsNaN(p[r]) {
			t.Errorf("row %d scores %v", r, p[r])
		}
	}
	c.Row(4)[0] = 0
	if err := d.LogProb(t.Context(), x, c, p); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), `row 4, column "c": 0 is not in the column's support (x > 0)`) {
		t.Errorf("%v", err)
	}
	if err := d.LogProbCells(t.Context(), x, c, 0, p, nil); !errors.Is(err, fault.ErrConfig) {
		t.Errorf("no points: %v", err)
	}
	if names := d.Discrete(); len(names) != 1 || names[0] != "n" {
		t.Errorf("%v", names)
	}
}
