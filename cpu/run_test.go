package cpu_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"diffeo/cpu"
	"diffeo/fault"
	"diffeo/graph"
	"diffeo/internal/tolerance"
	"diffeo/ref"
)

// centred is a program of three stages with a per-row and a shared input, a key, an input that nothing reads, and spills between stages.
func centred(t testing.TB) *graph.Graph {
	return build(t, func(b *graph.Builder) {
		x, w := b.Input("x", 3), b.Param("w", 3)
		b.Input("unused", 2)
		noise := graph.Random(b.SharedInput("key", graph.Uint32, 2), graph.Normal, "noise", 1, 3)
		y := graph.Tanh(graph.Add(graph.Mul(x, w), noise))
		b.Output("centred", graph.Sub(y, graph.MeanRows(y)))
		b.Output("mean", graph.MeanRows(y))
		b.Output("noise", noise)
	})
}

func centredCall(rows int) ref.Call {
	call := ref.Call{Rows: rows, Inputs: map[string][]float64{"w": {0.5, -1, 2}, "key": {7, 9}, "unused": make([]float64, 2*rows), "x": nil}}
	for i := range 3 * rows {
		call.Inputs["x"] = append(call.Inputs["x"], math.Sin(float64(i)))
	}
	return call
}

func TestArguments(t *testing.T) {
	g := centred(t)
	p := compile[float64](t, g, cpu.Options{})
	if got := p.Inputs(); !slices.Equal(got, []string{"x", "w", "unused", "key"}) {
		t.Errorf("inputs %q", got)
	}
	if got := p.Outputs(); !slices.Equal(got, []string{"centred", "mean", "noise"}) {
		t.Errorf("outputs %q", got)
	}
	good := func() *cpu.Args[float64] {
		a := p.NewArgs()
		a.Rows = 5
		a.In[0].Data, a.In[1].Data, a.In[2].Data, a.In[3].Bits = make([]float64, 15), make([]float64, 3), make([]float64, 10), make([]uint32, 2)
		a.Out[0].Data, a.Out[1].Data, a.Out[2].Data = make([]float64, 15), make([]float64, 3), make([]float64, 15)
		return &a
	}
	for _, c := range []struct {
		name  string
		wrong func(a *cpu.Args[float64])
		says  string // "" where nothing is wrong
	}{
		{"all as it should be", func(a *cpu.Args[float64]) {}, ""},
		{"rows apart", func(a *cpu.Args[float64]) { a.In[0].Stride, a.In[0].Data = 7, make([]float64, 4*7+3) }, ""},
		{"results apart", func(a *cpu.Args[float64]) { a.Out[0].Stride, a.Out[0].Data = 7, make([]float64, 4*7+3) }, ""},
		{"more memory than rows", func(a *cpu.Args[float64]) { a.In[0].Data = make([]float64, 99) }, ""},
		{"a negative number of rows", func(a *cpu.Args[float64]) { a.Rows = -1 }, "-1 rows"},
		{"too few inputs", func(a *cpu.Args[float64]) { a.In = a.In[:2] }, "2 inputs"},
		{"too many outputs", func(a *cpu.Args[float64]) { a.Out = append(a.Out, cpu.Array[float64]{}) }, "4 outputs"},
		{"no rows", func(a *cpu.Args[float64]) { a.In[0].Data = nil }, `input "x"`},
		{"one number short", func(a *cpu.Args[float64]) { a.In[0].Data = make([]float64, 14) }, `input "x"`},
		{"one number short behind gaps", func(a *cpu.Args[float64]) { a.In[0].Stride, a.In[0].Data = 7, make([]float64, 4*7+2) }, `input "x"`},
		{"rows that overlap", func(a *cpu.Args[float64]) { a.In[0].Stride = 2 }, `input "x"`},
		{"rows backwards", func(a *cpu.Args[float64]) { a.In[0].Stride = -3 }, `input "x"`},
		{"a parameter too short", func(a *cpu.Args[float64]) { a.In[1].Data = make([]float64, 2) }, `input "w"`},
		{"a parameter too long", func(a *cpu.Args[float64]) { a.In[1].Data = make([]float64, 4) }, `input "w"`},
		{"an unused input", func(a *cpu.Args[float64]) { a.In[2].Data = nil }, `input "unused"`},
		{"no key", func(a *cpu.Args[float64]) { a.In[3].Bits = nil }, `input "key"`},
		{"a result too short", func(a *cpu.Args[float64]) { a.Out[0].Data = make([]float64, 14) }, `output "centred"`},
		{"a shared result too long", func(a *cpu.Args[float64]) { a.Out[1].Data = make([]float64, 4) }, `output "mean"`},
	} {
		a := good()
		c.wrong(a)
		err := p.Run(context.Background(), a)
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.says != "" && (!errors.Is(err, fault.ErrShape) || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: %v, want fault.ErrShape with %s", c.name, err, c.says)
		}
	}
}

// Rows apart in memory are read and written in their places, and nothing between them.
func TestStrides(t *testing.T) {
	g := build(t, func(b *graph.Builder) { b.Output("y", graph.Scale(b.Input("x", 2), 2)) })
	p := compile[float32](t, g, cpu.Options{Threads: 2, TileRows: 16})
	a := p.NewArgs()
	a.Rows = 100
	a.In[0] = cpu.Array[float32]{Data: make([]float32, 99*5+2), Stride: 5}
	a.Out[0] = cpu.Array[float32]{Data: make([]float32, 99*3+2), Stride: 3}
	for i := range a.In[0].Data {
		a.In[0].Data[i] = float32(i)
	}
	for i := range a.Out[0].Data {
		a.Out[0].Data[i] = -1
	}
	if err := p.Run(context.Background(), &a); err != nil {
		t.Fatal(err)
	}
	for i, y := range a.Out[0].Data {
		want := float32(-1)
		if k := i % 3; k < 2 {
			want = float32(2 * (i/3*5 + k))
		}
		if y != want {
			t.Fatalf("number %d is %g, want %g", i, y, want)
		}
	}
}

// One program runs any number of rows, one after the other, as they come.
func TestRowsChange(t *testing.T) {
	g := centred(t)
	p := compile[float64](t, g, cpu.Options{Threads: 2, TileRows: 16})
	for _, rows := range []int{5, 300, 1, 0, 40, 1000, 0, 17} {
		call := centredCall(rows)
		want := reference(t, g, call)
		agree[float64](t, fmt.Sprint(rows, " rows"), mustRun(t, p, g, call), want, within(tolerance.Float64.LogDet))
	}
}

// Of no rows sums are zero, also after runs that left others, and no result is written.
func TestNoRows(t *testing.T) {
	g := build(t, func(b *graph.Builder) {
		x, w := b.Input("x", 3), b.Param("w", 2, 3)
		y := graph.Linear(w, x)
		loss := graph.SumRows(graph.Sum(graph.Square(y)))
		b.Output("y", y)
		b.Output("loss", loss)
		b.Output("dw", graph.Gradient(loss, w)[0])
		b.Output("count", b.RowCount())
	})
	for _, threads := range []int{1, 2} {
		p := compile[float32](t, g, cpu.Options{Threads: threads, TileRows: 16})
		w := []float64{1, 2, 3, 4, 5, 6}
		for _, rows := range []int{0, 100, 0} {
			call := ref.Call{Rows: rows, Inputs: map[string][]float64{"w": w, "x": make([]float64, 3*rows)}}
			for i := range call.Inputs["x"] {
				call.Inputs["x"][i] = 1
			}
			agree[float32](t, fmt.Sprint(rows, " rows"), mustRun(t, p, g, call), reference(t, g, call), within(tolerance.Float32.Value))
		}
	}
}

func TestOptions(t *testing.T) {
	g := centred(t)
	for _, o := range []cpu.Options{{Threads: -1}, {TileRows: -1}} {
		if _, err := cpu.Compile[float64](g, o); !errors.Is(err, fault.ErrConfig) {
			t.Errorf("%+v: %v, want fault.ErrConfig", o, err)
		}
	}
	call := centredCall(100)
	want := reference(t, g, call)
	for _, o := range []cpu.Options{{}, {Threads: 16}, {TileRows: 1}, {TileRows: 3}, {TileRows: 100000, Threads: 2}} {
		agree[float64](t, fmt.Sprintf("%+v", o), mustRun(t, compile[float64](t, g, o), g, call), want, within(tolerance.Float64.LogDet))
	}
}

// What the engine refuses it names, with the place in the code that made it.
func TestUnsupported(t *testing.T) {
	for name, c := range map[string]struct {
		build func(b *graph.Builder, x graph.Value)
		says  []string
	}{
		"a sum over rows inside a loop": {func(b *graph.Builder, x graph.Value) {
			b.Output("y", graph.Repeat(b.Scalar(2), 2, []graph.Value{x}, func(_ graph.Value, c []graph.Value) []graph.Value {
				return []graph.Value{graph.Sub(c[0], graph.MeanRows(c[0]))}
			})[0])
		}, []string{"sumrows", "run_test.go:"}},
		"a host call inside a loop": {func(b *graph.Builder, x graph.Value) {
			b.Output("y", graph.Repeat(b.Scalar(2), 2, []graph.Value{x}, func(_ graph.Value, c []graph.Value) []graph.Value {
				return graph.Host("same", func(_ context.Context, _ int, in, out [][]float64) error { copy(out[0], in[0]); return nil }, c, x.Shape())
			})[0])
		}, []string{"host", "run_test.go:"}},
		"a host call on one side of an if": {func(b *graph.Builder, x graph.Value) {
			b.Output("y", graph.If(b.SharedInput("c", graph.Bool), func() []graph.Value {
				return graph.Host("same", func(_ context.Context, _ int, in, out [][]float64) error { copy(out[0], in[0]); return nil }, []graph.Value{x}, x.Shape())
			}, func() []graph.Value { return []graph.Value{x} })[0])
		}, []string{"host", "run_test.go:"}},
		"a key that is chosen": {func(b *graph.Builder, x graph.Value) {
			keys := b.SharedInput("keys", graph.Uint32, 2, 2)
			key := graph.Reshape(graph.Slice(keys, 0, 1, 2), 2)
			b.Output("y", graph.Random(key, graph.Normal, "y", 1, 3))
		}, []string{"random", "key", "run_test.go:"}},
		"a key that is a result": {func(b *graph.Builder, x graph.Value) {
			b.Output("y", b.SharedInput("key", graph.Uint32, 2))
		}, []string{`"y"`, "uint32"}},
		"keys that change places": {func(b *graph.Builder, x graph.Value) {
			k, l := b.SharedInput("k", graph.Uint32, 2), b.SharedInput("l", graph.Uint32, 2)
			b.Update(k, l)
		}, []string{`"k"`, "uint32"}},
	} {
		g := build(t, func(b *graph.Builder) { c.build(b, b.Input("x", 3)) })
		_, err := cpu.Compile[float64](g, cpu.Options{})
		if !errors.Is(err, cpu.ErrUnsupported) {
			t.Errorf("%s: %v, want ErrUnsupported", name, err)
			continue
		}
		for _, s := range c.says {
			if !strings.Contains(err.Error(), s) {
				t.Errorf("%s: %q does not say %s", name, err, s)
			}
		}
	}
}
