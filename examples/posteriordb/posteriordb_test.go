package main

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/infer"
	"diffeo/param"
)

// sharedFolder is the folder with the data, which a user's machine may not have.
func sharedFolder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared")
	if _, err := os.Stat(filepath.Join(dir, "data", "posteriordb")); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the data of posteriordb are missing: %v", err)
		}
		t.Skipf("without the data of posteriordb: %v", err)
	}
	return dir
}

// slopes are u and the gradient of the log-density there, at points x of the region.
func slopes(t *testing.T, m model, target infer.Target, x []float64) (u, slope []float64) {
	t.Helper()
	free, err := target.Unconstrained(m.region)
	if err != nil {
		t.Fatal(err)
	}
	region, err := m.region.Bind(param.NewRegistry().Scope(), graph.Shape{m.free}, nil)
	if err != nil {
		t.Fatal(err)
	}
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		u, _ := region.Inverse(b, b.Input("x", m.free), graph.Value{})
		b.Output("u", u)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	rows := len(x) / m.free
	u, slope = make([]float64, len(x)), make([]float64, len(x))
	runGraph(t, g, rows, map[string][]float64{"x": x}, map[string][]float64{"u": u})
	g, err = graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		u := b.Input("u", m.free)
		l := free.Graph(b, u)
		b.Output("slope", graph.Gradient(l, u)[0])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	runGraph(t, g, rows, map[string][]float64{"u": u}, map[string][]float64{"slope": slope})
	return u, slope
}

func runGraph(t *testing.T, g *graph.Graph, rows int, in, out map[string][]float64) {
	t.Helper()
	p, err := cpu.Compile[float64](g, cpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	a := p.NewArgs()
	a.Rows = rows
	for i, name := range p.Inputs() {
		a.In[i] = cpu.Array[float64]{Data: in[name], Stride: len(in[name]) / rows}
	}
	for i, name := range p.Outputs() {
		a.Out[i] = cpu.Array[float64]{Data: out[name], Stride: len(out[name]) / rows}
	}
	if err := p.Run(context.Background(), &a); err != nil {
		t.Fatal(err)
	}
}

// At draws of the density p of u, E[∂ᵢ log p] = 0 and E[uⱼ·∂ᵢ log p] = −δᵢⱼ (Stein): a density that says anything else of the data than the Stan program that made
// the draws fails this. The gradients are those of the density, by differences.
func TestStein(t *testing.T) {
	shared := sharedFolder(t)
	for _, m := range models {
		t.Run(m.name, func(t *testing.T) {
			d, err := readObserved(shared, m.table)
			if err != nil {
				t.Fatal(err)
			}
			reference, err := readReference(shared, m)
			if err != nil {
				t.Fatal(err)
			}
			rows, n := len(reference[0]), m.free
			var x []float64
			for r := range rows {
				row := make([]float64, len(reference))
				for k, column := range reference {
					row[k] = column[r]
				}
				if m.known != nil {
					row = m.known(row)
				}
				x = append(x, row...)
			}
			target := m.target(d)
			u, slope := slopes(t, m, target, x)
			mean := make([]float64, n)
			for i, v := range u {
				mean[i%n] += v / float64(rows)
			}
			expect := func(what string, i, j int, want float64, f func(r int) float64) {
				sum, squares := 0.0, 0.0
				for r := range rows {
					v := f(r)
					sum, squares = sum+v, squares+v*v
				}
				got := sum / float64(rows)
				se := math.Sqrt((squares/float64(rows) - got*got) / float64(rows))
				if math.Abs(got-want) > 4*se {
					t.Errorf("%s of %d, %d is %.4f ± %.4f, want %g", what, i, j, got, se, want)
				}
			}
			for i := range n {
				expect("the mean slope", i, i, 0, func(r int) float64 { return slope[r*n+i] })
				for j := range n {
					want := 0.0
					if i == j {
						want = -1
					}
					expect("the mean of point times slope", i, j, want, func(r int) float64 { return (u[r*n+j] - mean[j]) * slope[r*n+i] })
				}
			}
			differences(t, m, target, u, slope)
		})
	}
}

// differences compares the gradients at a few draws with differences of the log-density.
func differences(t *testing.T, m model, target infer.Target, u, slope []float64) {
	t.Helper()
	free, err := target.Unconstrained(m.region)
	if err != nil {
		t.Fatal(err)
	}
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		b.Output("value", free.Graph(b, b.Input("u", m.free)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	n := m.free
	deviations := make([]float64, n)
	for i := range n {
		column := make([]float64, len(u)/n)
		for r := range column {
			column[r] = u[r*n+i]
		}
		_, deviations[i] = moments(column)
	}
	for r := 0; r < len(u)/n; r += len(u) / n / 5 {
		for i := range n {
			h := 1e-4 * deviations[i]
			points, values := append(append([]float64(nil), u[r*n:(r+1)*n]...), u[r*n:(r+1)*n]...), make([]float64, 2)
			points[i] += h
			points[n+i] -= h
			runGraph(t, g, 2, map[string][]float64{"u": points}, map[string][]float64{"value": values})
			got, want := slope[r*n+i]*deviations[i], (values[0]-values[1])/(2*h)*deviations[i]
			if math.Abs(got-want) > 1e-3*(1+math.Abs(want)) {
				t.Errorf("draw %d: the slope of column %d is %v, by differences %v", r, i, got, want)
			}
		}
	}
}

// The program fits a posterior as well as is asked for, and says so.
func TestRun(t *testing.T) {
	shared := sharedFolder(t)
	var b strings.Builder
	if err := run(t.Context(), []string{"-shared", shared, "-only", "kidiq-kidscore_momiq", "-steps", "600"}, &b); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(b.String(), "\n") {
		if strings.Contains(line, "| flow |") {
			if !strings.HasSuffix(line, "| yes |") {
				t.Error(line)
			}
			return
		}
	}
	t.Errorf("no flow in\n%s", b.String())
}
