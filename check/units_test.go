package check

import (
	"math"
	"testing"

	"diffeo/data"
	"diffeo/matrix"
	"diffeo/model"
)

// Differences of the way back give the Jacobian of every kind of step, 0 where a number of the flow's units has no number of the data's.
func TestDecode(t *testing.T) {
	u := units{columns: data.Preprocessing{
		Steps: [][]data.Step{
			nil,
			{{Kind: data.Log, Offset: 2}},
			{{Kind: data.Logit, Low: 10, High: 12}},
			{{Kind: data.Circular, Period: 360, Cut: 90}},
		},
		Scale: data.Standardization{Mean: []float64{1e6, 1, -0.5, 0.1}, Std: []float64{3, 0.5, 2, 1.5}},
	}}
	u = u.prepared()
	z, err := matrix.Of([]float64{
		0.3, -1, 0.7, 0.98, // where the angle begins again: x = 360 is at z = (π/2 − 0.1)/1.5 = 0.9805
		0.3, -1, 0.7, 1.1,
		5, 2, -2, 0,
		0, 0, 0, 2.0001, // within a step of the end of the circle
		0, 0, 0, 2.1, // beyond it
		0, 0, 400, 0, // the support's numbers run out
	}, 4)
	must(t, err)
	x, logDet, exact, err := u.decode(z)
	must(t, err)
	for r := range 4 {
		near(t, "x", x.Row(r)[0], 1e6+3*z.Row(r)[0], 1e-9)
		want := make([]float64, 1)
		again := matrix.New[float64](1, 4)
		must(t, data.Transform(u.columns, x.Slice(r, r+1), nil, again, want))
		near(t, "log |det dx/dz|", logDet[r], -want[0], 1e-7)
	}
	// The end of the circle is at z = (π − 0.1)/1.5 = 2.0277.
	if !exact[0] || !exact[1] || !exact[2] {
		t.Error("smooth rows are not exact")
	}
	for r := 4; r < 6; r++ {
		if !math.IsInf(logDet[r], -1) {
			t.Errorf("row %d stands for a part of the data's space: %g", r, logDet[r])
		}
	}
	z.Row(3)[3] = (math.Pi-0.1)/1.5 - 1e-4
	if _, logDet, exact, err = u.decode(z.Slice(3, 4)); err != nil || exact[0] || math.IsInf(logDet[0], 0) {
		t.Errorf("at the end of the circle: %v %v %v", logDet, exact, err)
	}
}

// A density without the Jacobian of its preprocessing, or with another one, fails.
func TestPreprocessingThatIsLeftOutFails(t *testing.T) {
	m := example(t, "maf", 3, 0, model.Float32)
	o, err := Options{}.filled()
	must(t, err)
	s, err := newSubject(t.Context(), m, drawn(t, m, 200, 1), o)
	must(t, err)
	r, err := s.preprocessing()
	must(t, err)
	if r[0].Verdict != Pass || r[0].Count < 150 {
		t.Errorf("%+v", r[0])
	}
	// As if the flow had been scored at other units than the density's Jacobian has.
	s.units.columns.Scale.Std[1] *= 1.001
	if r, err = s.preprocessing(); err != nil || r[0].Verdict != Fail {
		t.Errorf("%+v, %v", r, err)
	}
}

// Rows far out and rows of density 0 are counted, and do not stop the other checks.
func TestRowsThatCannotBeScored(t *testing.T) {
	m := example(t, "maf", 2, 0, model.Float32)
	rows := drawn(t, m, 400, 1)
	rows.X.Row(7)[0] = 1e300
	r := report(t, m, rows)
	x := expect(t, r, Finite, Warn)
	near(t, "the share", x.Value, 399./400, 0)
	expect(t, r, RoundTripData, Pass)
	expect(t, r, PIT, Pass)
	for i := range 50 {
		rows.X.Row(i)[1] = -1e300
	}
	expect(t, report(t, m, rows), Finite, Fail)
	for i := range rows.X.Rows {
		rows.X.Row(i)[1] = -1e300
	}
	r = report(t, m, rows)
	expect(t, r, Finite, Fail)

	given := example(t, "maf", 2, 1, model.Float32)
	rows = drawn(t, given, 100, 1)
	for i := range rows.X.Rows {
		rows.X.Row(i)[0] = 1e300
	}
	r = report(t, given, rows)
	expect(t, r, Finite, Fail)
	expect(t, r, RoundTripBase, Inconclusive)
}
