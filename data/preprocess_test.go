package data

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/matrix"
)

// mixed is a table with a column of each kind.
func mixed(rows int) (Table, []Spec) {
	rng := rand.New(rand.NewPCG(3, 4))
	x := matrix.New[float64](rows, 5)
	for r := range rows {
		copy(x.Row(r), []float64{
			10 + 3*rng.NormFloat64(), math.Exp(rng.NormFloat64()) - 1, rng.Float64(), float64(rng.IntN(7)), 360 * rng.Float64(),
		})
	}
	specs := make([]Spec, 5)
	for i, text := range []string{"standardize", "log:1", "logit:0,1", "integer", "circular:360"} {
		specs[i], _ = ParseSpec(text)
	}
	return Table{Columns: []string{"a", "b", "c", "n", "angle"}, Values: x, Source: "t.csv"}, specs
}

// The fitted map standardizes what the steps give, comes back to the data, and its log-determinant is the sum over the columns.
func TestPreprocessingIsAReversibleMap(t *testing.T) {
	table, specs := mixed(3000)
	noise := SeededNoise(7, 0, 0, nil)
	p, err := FitPreprocessing(table, specs, noise)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Check(5); err != nil {
		t.Fatal(err)
	}
	rows := table.Values.Rows
	z, back, logDet := matrix.New[float64](rows, 5), matrix.New[float64](rows, 5), make([]float64, rows)
	if err := errors.Join(Transform(p, table.Values, noise, z, logDet), Restore(p, z, back)); err != nil {
		t.Fatal(err)
	}
	for col := range 5 {
		mean, square := 0.0, 0.0
		for r := range rows {
			v := z.Row(r)[col]
			mean, square = mean+v/float64(rows), square+v*v/float64(rows)
			if x := table.Values.Row(r)[col]; math.Abs(back.Row(r)[col]-x) > 1e-11*(1+math.Abs(x)) {
				t.Fatalf("column %d: %v comes back as %v", col, x, back.Row(r)[col])
			}
		}
		if math.Abs(mean) > 1e-9 || math.Abs(square-1) > 1e-9 {
			t.Errorf("column %d: mean %v, mean square %v", col, mean, square)
		}
	}
	for r := range rows {
		x, want := table.Values.Row(r), p.Scale.LogDet()
		want += -math.Log(x[1]+1) - math.Log(x[2]*(1-x[2])) + math.Log(2*math.Pi/360)
		if math.Abs(logDet[r]-want) > 1e-12*(1+math.Abs(want)) {
			t.Fatalf("row %d: log-determinant %v, want %v", r, logDet[r], want)
		}
	}
}

// Noise depends on the seed, the stream, the pass and the number of the row only, and is uniform over rows and over passes.
func TestSeededNoise(t *testing.T) {
	all, some := SeededNoise(5, 1, 0, nil), SeededNoise(5, 1, 0, []int{40, 7})
	if some(0, 2) != all(40, 2) || some(1, 2) != all(7, 2) {
		t.Error("the noise is not the row's")
	}
	if all(1, 0) == SeededNoise(6, 1, 0, nil)(1, 0) || all(1, 0) == SeededNoise(5, 2, 0, nil)(1, 0) || all(1, 0) == all(1, 1) ||
		all(1, 0) == SeededNoise(5, 1, 1, nil)(1, 0) || SeededNoise(5, 1, 1, nil)(1, 0) == SeededNoise(5, 1, 2, nil)(1, 0) {
		t.Error("different draws are equal")
	}
	const n = 40000
	for name, draw := range map[string]func(i int) float64{
		"rows": func(i int) float64 { return all(i, 3) }, "passes": func(i int) float64 { return SeededNoise(5, 1, i, nil)(17, 3) },
	} {
		sum, squares := 0.0, 0.0
		for r := range n {
			u := draw(r)
			sum, squares = sum+u/n, squares+u*u/n
			if u <= 0 || u >= 1 {
				t.Fatalf("%v", u)
			}
		}
		if math.Abs(sum-0.5) > 0.01 || math.Abs(squares-1.0/3) > 0.01 {
			t.Errorf("%s: mean %v, mean square %v", name, sum, squares)
		}
	}
}

// The support of a grid in the domain of a further step says both.
func TestSupportInWords(t *testing.T) {
	for text, want := range map[string]string{
		"standardize": "", "log:1": "x > -1", "integer:1,0.5": "whole numbers plus 0.5", "integer+logit:0,7": "whole numbers, with 0 < x < 7 in all of their cell",
		"log+circular:1": "x > 0",
	} {
		s, err := ParseSpec(text)
		if got := (Preprocessing{Steps: [][]Step{s.Steps}}).Support(0); err != nil || got != want {
			t.Errorf("%s: %q (%v), want %q", text, got, err, want)
		}
	}
}

// Points of a cell integrate smooth functions of one column and of several.
func TestCellPointsIntegrate(t *testing.T) {
	for _, columns := range [][]int{{4}, {1, 5, 2}} {
		const n = 256
		sum := 0.0
		for k := range n {
			u, product := CellPoint(columns, k, n, []uint64{7}), 1.0
			for _, col := range columns {
				product *= math.Exp(u(0, col))
			}
			sum += product / n
		}
		want := math.Pow(math.E-1, float64(len(columns)))
		if math.Abs(sum/want-1) > 0.01 {
			t.Errorf("%d columns: %v, want %v", len(columns), sum, want)
		}
	}
}

// One point of each row is enough for the mean over many: points of rows are uniform, and those of a row's columns independent.
func TestOnePointOfEachRow(t *testing.T) {
	const rows = 20000
	for _, columns := range [][]int{{4}, {1, 5, 2}} {
		x := matrix.New[float64](rows, 1)
		for r := range rows {
			x.Data[r] = float64(r)
		}
		u, sum, squares := CellPoint(columns, 0, 1, RowSeeds(x)), 0.0, 0.0
		for r := range rows {
			product := 1.0
			for _, col := range columns {
				product *= math.Exp(u(r, col))
			}
			sum, squares = sum+product/rows, squares+product*product/rows
		}
		want := math.Pow(math.E-1, float64(len(columns)))
		if se := math.Sqrt((squares - sum*sum) / rows); math.Abs(sum-want) > 4*se {
			t.Errorf("%d columns: %v ± %v, want %v", len(columns), sum, se, want)
		}
	}
}

// The seed of a row is that of what it holds, wherever it stands.
func TestRowSeeds(t *testing.T) {
	x, _ := matrix.Of([]float64{1, 2, 2, 1, 1, 2, 0, 3, math.Copysign(0, -1), 3}, 2)
	s := RowSeeds(x)
	if s[0] != s[2] || s[3] != s[4] || s[0] == s[1] || s[1] == s[3] || s[0] == s[3] {
		t.Errorf("%x", s)
	}
}

// Of many columns neighbours have nothing to do with each other.
func TestCellPointsOfManyColumns(t *testing.T) {
	columns := make([]int, 1000)
	for i := range columns {
		columns[i] = i
	}
	for k := range 3 {
		u, mean, product := CellPoint(columns, k, 3, []uint64{1, 2}), 0.0, 0.0
		for i := range columns {
			mean += u(0, i) / 1000
			product += 12 * (u(0, i) - 0.5) * (u(0, (i+1)%1000) - 0.5) / 1000
		}
		if math.Abs(mean-0.5) > 5*0.29/math.Sqrt(1000) || math.Abs(product) > 5/math.Sqrt(1000) || u(0, 7) == u(1, 7) {
			t.Errorf("point %d: mean %v, correlation of neighbours %v", k, mean, product)
		}
	}
}

func TestTransformOutsideTheSupport(t *testing.T) {
	table, specs := mixed(200)
	p, err := FitPreprocessing(table, specs, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []struct {
		col  int
		x    float64
		text string
	}{{1, -1, "x > -1"}, {2, 1, "0 < x < 1"}, {3, 2.5, "whole numbers"}, {3, 1e300, "whole numbers"}} {
		x := matrix.New[float64](2, 5)
		copy(x.Row(0), table.Values.Row(0))
		copy(x.Row(1), table.Values.Row(1))
		x.Row(1)[bad.col] = bad.x
		z, logDet := matrix.New[float32](2, 5), make([]float64, 2)
		err := Transform(p, x, nil, z, logDet)
		e, ok := errors.AsType[*TooFar](err)
		if !ok || !errors.Is(err, fault.ErrData) || e.Row != 1 || e.X != bad.x || !strings.Contains(err.Error(), bad.text) {
			t.Errorf("%v", err)
		}
		if err := TransformSupported(p, x, nil, z, logDet); err != nil || !math.IsInf(logDet[1], -1) || !finite(logDet[0]) {
			t.Errorf("%v: %v", logDet, err)
		}
		for _, v := range z.Row(1) {
			if v != 0 {
				t.Errorf("z is %v", z.Row(1))
			}
		}
	}
}

func TestFitPreprocessingRefuses(t *testing.T) {
	spec := func(text string) []Spec {
		s, err := ParseSpec(text)
		if err != nil {
			t.Fatal(err)
		}
		return []Spec{s}
	}
	for name, c := range map[string]struct {
		table Table
		specs []Spec
		want  error
		text  string
	}{
		"columns":  {tableOf([]string{"a"}, 1, 2), nil, fault.ErrShape, "0 columns for a table of 1"},
		"log":      {tableOf([]string{"a"}, 1, 0), spec("log"), fault.ErrData, "0 is not in the column's support (x > 0)"},
		"constant": {tableOf([]string{"a"}, 3, 3), spec("integer"), fault.ErrData, `column "a" is constant (3 in all 2 rows)`},
		"order":    {tableOf([]string{"a"}, 1, 2), []Spec{{Steps: []Step{{Kind: Log}, {Kind: Dequantize, Width: 1}}}}, fault.ErrConfig, "first step"},
		"twice":    {tableOf([]string{"a"}, 1, 2), []Spec{{Steps: []Step{{Kind: Log}, {Kind: Log}}}}, fault.ErrConfig, "twice"},
		"scale":    {tableOf([]string{"a"}, 1, 2), []Spec{{Scale: "big"}}, fault.ErrConfig, `no scale "big"`},
	} {
		if _, err := FitPreprocessing(c.table, c.specs, nil); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v; want %q", name, err, c.text)
		}
	}
}

// A circle is cut where no rows are, so that a cluster across 0 stays together, and comes back within its period.
func TestACircleIsCutWhereItIsEmpty(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	x := matrix.New[float64](1000, 1)
	for r := range x.Rows {
		x.Row(r)[0] = modulo(10*rng.NormFloat64(), 360)
	}
	spec, err := ParseSpec("circular:360")
	if err != nil {
		t.Fatal(err)
	}
	p, err := FitPreprocessing(Table{Columns: []string{"a"}, Values: x}, []Spec{spec}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := p.Steps[0][0]
	if s.Low != 0 || s.Cut < 100 || s.Cut > 260 {
		t.Errorf("%v", s)
	}
	if deviation := p.Scale.Std[0] * 180 / math.Pi; math.Abs(deviation-10) > 1 {
		t.Errorf("the deviation is %v degrees, want 10", deviation)
	}
}
