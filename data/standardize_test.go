package data

import (
	"errors"
	"math"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/matrix"
	"pgregory.net/rapid"
)

func tableOf(columns []string, values ...float64) Table {
	m, err := matrix.Of(values, len(columns))
	if err != nil {
		panic(err)
	}
	return Table{Columns: columns, Values: m, Source: "t.csv"}
}

// Standardized columns have mean 0 and deviation 1, the map comes back, and its log-determinant is that of the Jacobian.
func TestStandardizeIsAReversibleMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cols := rapid.IntRange(1, 4).Draw(t, "columns")
		rows := rapid.IntRange(2, 40).Draw(t, "rows")
		x := matrix.New[float64](rows, cols)
		for k := range cols {
			scale, shift := math.Pow(10, rapid.Float64Range(-6, 6).Draw(t, "scale")), rapid.Float64Range(-1e3, 1e3).Draw(t, "shift")
			for r := range rows {
				x.Row(r)[k] = scale * (shift + float64(r%2) + rapid.Float64Range(-1, 1).Draw(t, "x")/4)
			}
		}
		names := []string{"a", "b", "c", "d"}[:cols]
		s, err := Standardize(Table{Columns: names, Values: x})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Check(cols); err != nil {
			t.Fatal(err)
		}
		z, back := matrix.New[float64](rows, cols), matrix.New[float64](rows, cols)
		if err := errors.Join(Apply(s, x, z), Invert(s, z, back)); err != nil {
			t.Fatal(err)
		}
		logDet := 0.0
		for k := range cols {
			mean, square := 0.0, 0.0
			for r := range rows {
				v := z.Row(r)[k]
				mean, square = mean+v/float64(rows), square+v*v/float64(rows)
				if math.Abs(back.Row(r)[k]-x.Row(r)[k]) > 1e-12*math.Abs(x.Row(r)[k])+1e-15*s.Std[k] {
					t.Fatalf("%v comes back as %v", x.Row(r)[k], back.Row(r)[k])
				}
			}
			if math.Abs(mean) > 1e-8 || math.Abs(square-1) > 1e-8 {
				t.Fatalf("column %d: mean %v and mean square %v", k, mean, square)
			}
			logDet += math.Log((z.Row(1)[k] - z.Row(0)[k]) / (x.Row(1)[k] - x.Row(0)[k]))
		}
		if math.Abs(s.LogDet()-logDet) > 1e-8 {
			t.Fatalf("log-determinant %v, by differences %v", s.LogDet(), logDet)
		}
	})
}

func TestStandardizeDividesByN(t *testing.T) {
	s, err := Standardize(tableOf([]string{"a"}, 1, 2, 3, 6))
	if err != nil || s.Mean[0] != 3 || math.Abs(s.Std[0]-math.Sqrt(3.5)) > 1e-15 {
		t.Errorf("%v %v", s, err)
	}
}

func TestStandardizeRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		table Table
		text  string
	}{
		"constant": {tableOf([]string{"a", "flat"}, 1, 0.1, 2, 0.1, 4, 0.1), `t.csv: column "flat" is constant (0.1 in all 3 rows)`},
		"one row":  {tableOf([]string{"a"}, 5), "is constant"},
		"no rows":  {Table{Columns: []string{"a"}, Source: "t.csv"}, "no rows"},
		"huge":     {tableOf([]string{"a"}, 1e200, -1e200), "rescale"},
		"tiny":     {tableOf([]string{"a"}, 1e-200, -1e-200), "rescale"},
	} {
		if _, err := Standardize(test.table); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := Standardization{Mean: []float64{0}, Std: []float64{1e-30}}
	if err := Apply(s, tableOf([]string{"a"}, 1e10).Values, matrix.New[float32](1, 1)); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), "row 0, column 0") {
		t.Errorf("beyond float32: %v", err)
	}
	if err := Apply(s, matrix.New[float64](2, 2), matrix.New[float32](2, 2)); !errors.Is(err, fault.ErrShape) {
		t.Errorf("wrong columns: %v", err)
	}
	for _, bad := range []Standardization{{}, {[]float64{0}, []float64{0}}, {[]float64{math.NaN()}, []float64{1}}, {[]float64{0}, []float64{math.Inf(1)}}} {
		if bad.Check(1) == nil {
			t.Errorf("%v passes", bad)
		}
	}
}
