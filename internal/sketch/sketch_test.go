package sketch

import (
	"math"
	"testing"
)

// Every sketch builds the same text twice, runs for several numbers of rows, and gives finite numbers and gradients of everything.
func TestSketchesRun(t *testing.T) {
	for _, s := range All() {
		t.Run(s.Name, func(t *testing.T) {
			b := open(t, s)
			again, err := s.Graph()
			if err != nil {
				t.Fatal(err)
			}
			if b.g.String() != again.String() {
				t.Error("built twice, the graph differs")
			}
			for _, rows := range []int{1, s.Rows, s.Rows + 3} {
				b := bench{t, b.g, rows, s.Inputs(b.g, rows)}
				r := b.run()
				if _, ok := r.Outputs["loss"]; !ok {
					t.Error("no loss")
				}
				for name, x := range r.Outputs {
					for i, v := range x {
						if math.IsNaN(v) || math.IsInf(v, 0) {
							t.Fatalf("%d rows: %s[%d] = %g", rows, name, i, v)
						}
					}
				}
			}
		})
	}
}

// Without batch statistics a row's outputs do not depend on the rows beside it.
func TestRowsAreIndependent(t *testing.T) {
	perRow := map[string]bool{"inverse": true, "inverse log-det": true, "forward": true, "forward log-det": true, "round trip": true,
		"inverse log-det estimate": true, "log-weight": true, "bound": true, "log q": true, "log-density": true}
	for _, s := range All() {
		if s.Name == "batch norm, training" {
			continue
		}
		b := open(t, s)
		many := bench{t, b.g, s.Rows + 3, s.Inputs(b.g, s.Rows+3)}.run()
		for name, few := range b.run().Outputs {
			if perRow[name] && apart(few, many.Outputs[name][:len(few)]) != 0 {
				t.Errorf("%s: %s of a row changes with the number of rows", s.Name, name)
			}
		}
	}
}
