package transfer_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"diffeo/graph"
	"diffeo/internal/transfer"
	"diffeo/param"
)

// source holds parameters of [n] or [rows, n].
type source map[string][][]float64

func (s source) Names() []string { return slices.Sorted(maps.Keys(s)) }

func (s source) Shape(name string) ([]int, bool) {
	v, ok := s[name]
	if !ok || len(v) == 0 {
		return nil, ok
	}
	return []int{len(v), len(v[0])}, true
}

func (s source) Values(name string) []float64 { return slices.Concat(s[name]...) }

func specs(shapes map[string]graph.Shape) (out []param.Spec) {
	for _, name := range slices.Sorted(maps.Keys(shapes)) {
		out = append(out, param.Spec{Name: name, Shape: shapes[name]})
	}
	return out
}

// A layer of theirs [x, c] whose units and inputs are in another order becomes our weight, context and bias; gradients go back the same way.
func TestLinear(t *testing.T) {
	theirs := source{"w": {{1, 2, 3}, {4, 5, 6}}, "b": {{7, 8}}}
	w := transfer.New(theirs)
	transfer.Linear{Ours: "layer", Weight: "w", Bias: "b", In: 2, Context: 1, Out: 2, Negative: true,
		Row: func(i int) int { return 1 - i }, Column: func(k int) int { return 1 - k }}.Take(w)
	ours := specs(map[string]graph.Shape{"layer.weight": {2, 2}, "layer.context": {2, 1}, "layer.bias": {2}})
	got, err := w.Params(ours)
	if err != nil || w.Err() != nil {
		t.Fatal(err, w.Err())
	}
	for name, want := range map[string][]float64{"layer.weight": {-5, -4, -2, -1}, "layer.context": {-6, -3}, "layer.bias": {-8, -7}} {
		if !slices.Equal(got[name], want) {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	scaled := transfer.New(theirs)
	transfer.Linear{Ours: "layer", Weight: "w", Bias: "b", In: 2, Context: 1, Out: 2, Factor: func(i int) float64 { return float64(10 * (i + 1)) }}.Take(scaled)
	got2, err := scaled.Params(ours)
	for name, want := range map[string][]float64{"layer.weight": {10, 20, 80, 100}, "layer.context": {30, 120}, "layer.bias": {70, 160}} {
		if err != nil || !slices.Equal(got2[name], want) {
			t.Errorf("with a factor for each output %s is %v, want %v (%v)", name, got2[name], want, err)
		}
	}
	back := w.Gradients(got) // the map is a signed permutation: going back is its inverse
	for name := range theirs {
		if !slices.Equal(back[name], theirs.Values(name)) {
			t.Errorf("%s comes back as %v", name, back[name])
		}
	}
}

// L, the diagonal and U lie where our matrix has them.
func TestLU(t *testing.T) {
	w := transfer.New(source{"l": {{1, 2, 3}}, "d": {{4, 5, 6}}, "u": {{7, 8, 9}}})
	w.LU("lu", "l", "d", "u", 3)
	got, err := w.Params(specs(map[string]graph.Shape{"lu": {3, 3}}))
	if want := []float64{4, 7, 8, 1, 5, 9, 2, 3, 6}; err != nil || !slices.Equal(got["lu"], want) {
		t.Errorf("%v (%v), want %v", got["lu"], err, want)
	}
	w = transfer.New(source{"d": {{4, 5, 6}}, "u": {{7, 8, 9}}})
	w.LU("lu", "", "d", "u", 3)
	got, err = w.Params(specs(map[string]graph.Shape{"lu": {3, 3}}))
	if want := []float64{4, 7, 8, 0, 5, 9, 0, 0, 6}; err != nil || !slices.Equal(got["lu"], want) {
		t.Errorf("without a lower half: %v (%v), want %v", got["lu"], err, want)
	}
}

// Parts add up: two biases of theirs are one of ours.
func TestPartsAdd(t *testing.T) {
	w := transfer.New(source{"a": {{1, 2}}, "b": {{10, 20}}})
	w.Whole("sum", "a", 2, 0)
	w.Whole("sum", "b", 2, 0)
	w.Set("set", []float64{5})
	got, err := w.Params(specs(map[string]graph.Shape{"sum": {2}, "set": {1}}))
	if err != nil || !slices.Equal(got["sum"], []float64{11, 22}) || got["set"][0] != 5 {
		t.Errorf("%v (%v)", got, err)
	}
}

// Outputs in the two orders of the libraries.
func TestOrders(t *testing.T) {
	order := func(f func(int) int) (out []int) {
		for i := range 6 {
			out = append(out, f(i))
		}
		return out
	}
	if got := order(transfer.Swapped(1, 0)); !slices.Equal(got, []int{1, 0, 3, 2, 5, 4}) {
		t.Errorf("swapped: %v", got)
	}
	if got := order(transfer.ColumnMajor(3, 0, 1)); !slices.Equal(got, []int{0, 2, 4, 1, 3, 5}) {
		t.Errorf("column-major: %v", got)
	}
}

// All that does not fit is reported at once, by name.
func TestErr(t *testing.T) {
	w := transfer.New(source{"wide": {{1, 2, 3}}, "extra": {{1, 2}, {3, 4}}, "skipped.a": {{1}}})
	w.Want("missing", 4, 5)
	w.Want("missing", 4, 5) // once is enough
	w.Want("wide", 2)
	w.Whole("ours", "wide", 2, 0) // nothing follows from a mistake that is known
	w.Problem("%d is odd", 3)
	w.Skip("skipped.")
	want := `parameter "missing" [4 5] is missing; parameter "wide" has shape [1 3] and should have [2]; 3 is odd; parameter "extra" [2 2] belongs to nothing`
	if err := w.Err(); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	far := transfer.New(source{"a": {{1}}})
	far.Whole("ours", "a", 2, 0)
	if err := far.Err(); err == nil || !strings.Contains(err.Error(), `"a" [1 1] has no element 1`) {
		t.Errorf("an element too far: %v", err)
	}
	many := transfer.New(source{})
	for i := range 11 {
		many.Problem("%d", i)
	}
	if err := many.Err(); err == nil || !strings.HasSuffix(err.Error(), "7; and 3 more") {
		t.Errorf("eleven problems: %v", err)
	}
	if _, err := many.Params(specs(map[string]graph.Shape{"ours": {1}})); err == nil || !strings.Contains(err.Error(), "element 0 of our parameter ours [1]") {
		t.Errorf("a parameter of ours without a source: %v", err)
	}
}
