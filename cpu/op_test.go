package cpu_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/internal/optest"
	"diffeo/internal/tolerance"
	"diffeo/matrix"
	"diffeo/ref"
)

// unsupportedOps lists what the engine cannot run of the table of ops: the number of derivatives from which on it refuses a case. There is
// one reason: a loop runs tile by tile, so that nothing inside it can sum over the rows of all tiles. Derivatives do so
// where per-row code captures a shared value.
var unsupportedOps = map[string]int{
	"repeat: sums over rows inside":              0,
	"while: goes on as long as any row does":     0,
	"repeat: several carries of different kinds": 1,
	"repeat: nested":                             1,
	"repeat: an if inside":                       1,
	"repeat: lanes":                              1,
	"repeat: rows of a matrix, one a trip":       1,
	"repeat -2 times of at most 5, row, shared":  1,
	"repeat 0.5 times of at most 5, row, shared": 1,
	"repeat 1.5 times of at most 5, row, shared": 1,
	"repeat 3.5 times of at most 5, row, shared": 1,
	"repeat 7.5 times of at most 5, row, shared": 1,
	"repeat -2 times of at most 5, row, row":     2, // the weights of the projections are shared
	"repeat 0.5 times of at most 5, row, row":    2,
	"repeat 1.5 times of at most 5, row, row":    2,
	"repeat 3.5 times of at most 5, row, row":    2,
	"repeat 7.5 times of at most 5, row, row":    2,
	"repeat -2 times of at most 5, shared, row":  2,
	"repeat 0.5 times of at most 5, shared, row": 2,
	"repeat 1.5 times of at most 5, shared, row": 2,
	"repeat 3.5 times of at most 5, shared, row": 2,
	"repeat 7.5 times of at most 5, shared, row": 2,
}

// Every op agrees with the interpreter, with as many derivatives as it has, in both number types, for every number of rows, size of
// tiles and number of threads.
func TestOps(t *testing.T) {
	names := map[string]bool{}
	for _, c := range optest.Cases() {
		names[c.Name] = true
		t.Run(c.Name, func(t *testing.T) {
			order := c.Order
			for ; order >= 0; order-- {
				g, err := c.Graph(order)
				if err != nil {
					t.Fatal(err)
				}
				_, err = cpu.Compile[float64](g, cpu.Options{})
				from, listed := unsupportedOps[c.Name]
				refused := listed && order >= from
				switch {
				case err == nil && refused:
					t.Errorf("order %d compiles: take it from the list of what is unsupported", order)
				case err != nil && (!refused || !errors.Is(err, cpu.ErrUnsupported)):
					t.Errorf("order %d: %v", order, err)
				}
				if err == nil {
					break
				}
			}
			if order >= 0 {
				checkCase(t, c, order)
			}
		})
	}
	for name := range unsupportedOps {
		if !names[name] {
			t.Errorf("there is no case %q", name)
		}
	}
}

func checkCase(t *testing.T, c optest.Case, order int) {
	g, err := c.Graph(order)
	if err != nil {
		t.Fatal(err)
	}
	rows := optest.RowCounts()
	if testing.Short() {
		rows = []int{1, 17, 100}
	}
	var runs []func(call ref.Call, want ref.Result, what string)
	for i, o := range []cpu.Options{{Threads: 1, TileRows: 16}, {Threads: 2, TileRows: 32}, {Threads: 3, TileRows: 48}, {Threads: 1}} {
		if testing.Short() && i%2 == 0 {
			continue
		}
		runs = append(runs, checked[float64](t, c, g, o), checked[float32](t, c, g, o))
	}
	for i, n := range rows {
		call := ref.Call{Rows: n, Inputs: c.Inputs(g, n, uint64(i))}
		want := reference(t, g, call)
		for k, run := range runs {
			if n <= 17 || n == 300 || (k/2+i)%(len(runs)/2) == 0 { // each number of rows with some size of tiles
				run(call, want, fmt.Sprintf("%d rows", n))
			}
		}
		if t.Failed() {
			return
		}
	}
}

// checked compiles a graph of a case and returns a function that runs and checks it.
func checked[T matrix.Float](t *testing.T, c optest.Case, g *graph.Graph, o cpu.Options) func(ref.Call, ref.Result, string) {
	var x T
	if _, ok := any(x).(float32); ok && c.Float64Only {
		return func(ref.Call, ref.Result, string) {}
	}
	p := compile[T](t, g, o)
	table := tolerance.Of[T]()
	slack := max(1, c.Slack)
	shared := map[string]bool{} // results that may be sums over rows
	for _, o := range g.Outputs {
		shared[o.Name] = !o.Value.PerRow()
	}
	return func(call ref.Call, want ref.Result, what string) {
		t.Helper()
		agree[T](t, fmt.Sprintf("%T, %+v, %s", x, o, what), mustRun(t, p, g, call), want, func(name string) tolerance.Bound {
			switch name { // the rounding errors of a sum's terms add up like a random walk
			case "loss":
				return spread(table.Value, "y", want)
			case "loss2":
				return spread(table.Gradient, "dx", want)
			}
			order := 0
			for name[order] == 'd' {
				order++
			}
			b := table.Order(order).Times(slack)
			if shared[name] {
				b.Abs *= math.Sqrt(float64(call.Rows))
			}
			return b
		})
	}
}

// spread is the bound of a sum of all numbers of the results whose names begin with prefix, weighted with at most 2.
func spread(b tolerance.Bound, prefix string, r ref.Result) tolerance.Bound {
	squares := 0.
	for name, xs := range r.Outputs {
		if strings.HasPrefix(name, prefix) {
			for _, x := range xs {
				squares += x * x
			}
		}
	}
	b.Abs *= max(1, 2*math.Sqrt(squares))
	return b
}
