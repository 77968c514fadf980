package check

import (
	"strings"
	"testing"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/flow"
	"diffeo/matrix"
	"diffeo/model"
	"diffeo/param"
)

// withBase gives a model another base, and the identity for its transform.
func withBase(t *testing.T, base dist.Distribution) *model.Model {
	t.Helper()
	m := example(t, "maf", 2, 0, model.Float32)
	m.Flow = flow.Flow{Base: base, Transform: bijection.Chain{}}
	bound, err := m.Flow.Bind()
	must(t, err)
	m.Params = param.New(bound.Specs, 1)
	return m
}

// Draws of the model pass; draws that are moved by a tenth of a deviation are told; by a whole one they fail. The base is known by its
// distribution function or by its draws.
func TestPIT(t *testing.T) {
	bases := map[string]dist.Distribution{
		"standard": dist.StandardNormal{Dim: 2},
		"diagonal": dist.DiagonalNormal{Dim: 2, Loc: []float64{1, -2}, LogScale: []float64{0.5, -1}},
		"uniform":  dist.Uniform{Low: []float64{-2, 0}, High: []float64{2, 1}},
		"mixture":  dist.Mixture{Dim: 2, Components: 3},
	}
	for name, base := range bases {
		t.Run(name, func(t *testing.T) {
			m := withBase(t, base)
			rows := drawn(t, m, 4000, 5)
			expect(t, report(t, m, rows, PIT), PIT, Pass)
			for _, c := range []struct {
				by   float64
				want Verdict
			}{{0.2, Warn}, {2, Fail}} {
				moved := Rows{X: matrix.New[float64](rows.X.Rows, 2)}
				copy(moved.X.Data, rows.X.Data)
				for r := range moved.X.Rows {
					moved.X.Row(r)[1] += c.by / 2 * m.Columns[1].Std * map[bool]float64{true: 0.4, false: 1}[name == "diagonal" || name == "uniform"]
				}
				x := expect(t, report(t, m, moved, PIT), PIT, c.want)
				if name != "uniform" && !strings.Contains(x.Text, "coordinate 2") { // of a uniform base every row that left it has density 0
					t.Error(x.Text)
				}
			}
		})
	}
}

// Every column alone is as it should be, and together they are not: the base's log-density sees it.
func TestPITSeesDependence(t *testing.T) {
	m := withBase(t, dist.StandardNormal{Dim: 2})
	rows := drawn(t, m, 4000, 5)
	for r := range rows.X.Rows {
		x := rows.X.Row(r)
		x[1] = m.Columns[1].Mean + m.Columns[1].Std*(x[0]-m.Columns[0].Mean)/m.Columns[0].Std
	}
	x := expect(t, report(t, m, rows, PIT), PIT, Fail)
	if !strings.Contains(x.Text, "the base's log-density") {
		t.Error(x.Text)
	}
}

// With rows enough every difference is significant; one that does not matter passes, and is said.
func TestPITOfManyRows(t *testing.T) {
	m := withBase(t, dist.StandardNormal{Dim: 1})
	m.Columns = m.Columns[:1]
	rows := drawn(t, m, 200000, 5)
	for r := range rows.X.Rows {
		rows.X.Row(r)[0] += 0.015 * m.Columns[0].Std
	}
	r, err := Model(t.Context(), m, rows, Options{})
	must(t, err)
	x := expect(t, r, PIT, Pass)
	if !strings.Contains(x.Text, "by less than matters") {
		t.Error(x.Text)
	}
}
