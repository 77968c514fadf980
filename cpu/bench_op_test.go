package cpu_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/internal/optest"
	"diffeo/matrix"
)

// benchRows is a batch of the usual size.
const benchRows = 512

// prepared is a call of a compiled graph of a case, ready to be made again and again.
type prepared[T matrix.Float] struct {
	p    *cpu.Program[T]
	args cpu.Args[T]
}

// prepare compiles a case with its derivatives up to order, on one thread, and fills in rows of data. It fails with cpu.ErrUnsupported where the
// engine cannot run the case.
func prepare[T matrix.Float](c optest.Case, order, rows int) (*prepared[T], error) {
	g, err := c.Graph(order)
	if err != nil {
		return nil, err
	}
	p, err := cpu.Compile[T](g, cpu.Options{Threads: 1})
	if err != nil {
		return nil, err
	}
	r := &prepared[T]{p: p, args: p.NewArgs()}
	r.args.Rows = rows
	data := c.Inputs(g, rows, 1)
	for i, n := range g.Inputs {
		xs, in := data[string(n.Attr.(graph.Name))], &r.args.In[i]
		in.Data = make([]T, len(xs))
		for k, x := range xs {
			in.Data[k] = T(x)
		}
		if n.Out[0].DType == graph.Uint32 {
			in.Bits = make([]uint32, len(xs))
			for k, x := range xs {
				in.Bits[k] = uint32(x)
			}
		}
	}
	for i, o := range g.Outputs {
		t := o.Value.Type()
		size := t.Shape.Size()
		if t.Rows > 0 {
			size *= t.Rows * rows
		}
		r.args.Out[i].Data = make([]T, size)
	}
	return r, nil
}

func (r *prepared[T]) run() error { return r.p.Run(context.Background(), &r.args) }

// benchName is the name of a case without the blanks and slashes that benchmark names use otherwise.
func benchName(c optest.Case) string {
	return strings.NewReplacer(", ", ",", " ", "_", "/", "÷").Replace(c.Name)
}

// BenchmarkOps times every case of the table of ops, its value alone and with its gradient, for both number types: case/value|gradient/type.
func BenchmarkOps(b *testing.B) {
	for _, c := range optest.Cases() {
		b.Run(benchName(c), func(b *testing.B) {
			for order := range min(c.Order, 1) + 1 {
				if from, listed := unsupportedOps[c.Name]; listed && order >= from {
					continue
				}
				b.Run([]string{"value", "gradient"}[order], func(b *testing.B) {
					if !c.Float64Only {
						b.Run("float32", func(b *testing.B) { benchOp[float32](b, c, order) })
					}
					b.Run("float64", func(b *testing.B) { benchOp[float64](b, c, order) })
				})
			}
		})
	}
}

func benchOp[T matrix.Float](b *testing.B, c optest.Case, order int) {
	r, err := prepare[T](c, order, benchRows)
	if err != nil {
		b.Fatal(err)
	}
	if err := r.run(); err != nil { // the first one warms up
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := r.run(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
}

// Every case of the table has a benchmark that runs, under a name of its own.
func TestOpBenchmarks(t *testing.T) {
	seen := map[string]string{}
	for _, c := range optest.Cases() {
		if other, ok := seen[benchName(c)]; ok {
			t.Errorf("%q and %q have the same benchmark", c.Name, other)
		}
		seen[benchName(c)] = c.Name
		for order := range min(c.Order, 1) + 1 {
			if err := runOnce(c, order); err != nil {
				from, listed := unsupportedOps[c.Name]
				if !listed || order < from || !errors.Is(err, cpu.ErrUnsupported) {
					t.Error(err)
				}
			}
		}
	}
}

func runOnce(c optest.Case, order int) error {
	r, err := prepare[float64](c, order, 3)
	if err == nil {
		err = r.run()
	}
	if err != nil {
		return fmt.Errorf("%s, order %d: %w", c.Name, order, err)
	}
	return nil
}
