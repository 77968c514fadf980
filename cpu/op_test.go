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

// unsupportedOps lists what the engine cannot run of the table of ops: the order from which on a case is refused, by reason.
var unsupportedOps = map[string]map[string]int{}

func unsupportedFrom(name string) int {
	for _, cases := range unsupportedOps {
		if order, ok := cases[name]; ok {
			return order
		}
	}
	return 3
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
				refused := order >= unsupportedFrom(c.Name)
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
	for why, cases := range unsupportedOps {
		for name := range cases {
			if !names[name] {
				t.Errorf("%s: there is no case %q", why, name)
			}
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
	for i, o := range []cpu.Options{{Threads: 1, TileRows: 16}, {Threads: 2, TileRows: 32}, {Threads: 3, TileRows: 24}, {Threads: 1}} {
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
	table := tolerance.OpsOf[T]()
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
			return table.Order(order).Times(max(1, c.Slack))
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
