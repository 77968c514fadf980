package transfer

import (
	"fmt"
	"maps"
	"slices"

	"diffeo/param"
)

// Source is the other library's parameters by name.
type Source interface {
	// Shape is that of a parameter; ok tells whether there is one of that name.
	Shape(name string) (shape []int, ok bool)
	// Values are its elements, row-major.
	Values(name string) []float64
	// Names lists all.
	Names() []string
}

// Weights says where the elements of our parameters come from: ours[from+i] = Σ sign · theirs[at[i]] over the parts of the parameter. What
// does not fit is remembered, and Err reports it all at once.
type Weights struct {
	source   Source
	parts    map[string][]part
	computed map[string][]float64
	used     map[string]bool
	wrong    map[string]bool
	problems []string
}

type part struct {
	theirs string
	sign   float64
	from   int
	at     []int
}

// New makes a map without parts.
func New(s Source) *Weights {
	return &Weights{source: s, parts: map[string][]part{}, computed: map[string][]float64{}, used: map[string]bool{}, wrong: map[string]bool{}}
}

// Has tells whether the other library has a parameter.
func (w *Weights) Has(theirs string) bool { _, ok := w.source.Shape(theirs); return ok }

// Problem remembers what does not fit.
func (w *Weights) Problem(format string, args ...any) {
	w.problems = append(w.problems, fmt.Sprintf(format, args...))
}

// Want asks for a parameter of theirs of that shape, and tells whether it is there. Dimensions of size 1 at the front may be missing or more:
// libraries differ in them.
func (w *Weights) Want(theirs string, shape ...int) bool {
	w.used[theirs] = true
	got, ok := w.source.Shape(theirs)
	switch {
	case w.wrong[theirs]:
		return false
	case !ok:
		w.Problem("parameter %q %v is missing", theirs, shape)
	case !slices.Equal(trimmed(got), trimmed(shape)):
		w.Problem("parameter %q has shape %v and should have %v", theirs, got, shape)
	default:
		return true
	}
	w.wrong[theirs] = true
	return false
}

func trimmed(shape []int) []int {
	for len(shape) > 0 && shape[0] == 1 {
		shape = shape[1:]
	}
	return shape
}

// Values are the elements of a parameter of that shape; ok tells whether it is there.
func (w *Weights) Values(theirs string, shape ...int) (values []float64, ok bool) {
	if !w.Want(theirs, shape...) {
		return nil, false
	}
	return w.source.Values(theirs), true
}

// Skip marks all parameters of theirs whose names begin so as known: they do nothing.
func (w *Weights) Skip(prefix string) {
	for _, name := range w.source.Names() {
		if len(name) >= len(prefix) && name[:len(prefix)] == prefix {
			w.used[name] = true
		}
	}
}

// Take adds a part: element from+i of our parameter receives element at(i) of theirs, i < n.
func (w *Weights) Take(ours string, from int, theirs string, sign float64, n int, at func(i int) int) {
	if w.wrong[theirs] {
		return
	}
	shape, ok := w.source.Shape(theirs)
	if !ok {
		w.Problem("parameter %q is missing", theirs)
		w.wrong[theirs] = true
		return
	}
	w.used[theirs] = true
	size := Size(shape)
	p := part{theirs, sign, from, make([]int, n)}
	for i := range p.at {
		if p.at[i] = at(i); p.at[i] < 0 || p.at[i] >= size {
			w.Problem("parameter %q %v has no element %d", theirs, shape, p.at[i])
			w.wrong[theirs] = true
			return
		}
	}
	w.parts[ours] = append(w.parts[ours], p)
}

// Whole takes n elements of theirs in their own order, beginning at offset.
func (w *Weights) Whole(ours, theirs string, n, offset int) {
	w.Take(ours, 0, theirs, 1, n, func(i int) int { return offset + i })
}

// Columns takes the rows from, from+1, … of our [P,D] from an array of theirs [D,n].
func (w *Weights) Columns(ours string, from int, theirs string, d, n int) {
	for p := range n {
		w.Take(ours, (from+p)*d, theirs, 1, d, func(i int) int { return i*n + p })
	}
}

// Set gives our parameter values that were computed from theirs. They have no way back for gradients.
func (w *Weights) Set(ours string, values []float64) { w.computed[ours] = values }

// Err reports all that does not fit: what was remembered, and parameters of theirs that nobody took.
func (w *Weights) Err() error {
	problems := slices.Clone(w.problems)
	for _, name := range w.source.Names() {
		if !w.used[name] {
			shape, _ := w.source.Shape(name)
			problems = append(problems, fmt.Sprintf("parameter %q %v belongs to nothing", name, shape))
		}
	}
	const most = 8
	if n := len(problems); n > most {
		problems = append(problems[:most], fmt.Sprintf("and %d more", n-most))
	}
	if len(problems) == 0 {
		return nil
	}
	text := problems[0]
	for _, p := range problems[1:] {
		text += "; " + p
	}
	return fmt.Errorf("%s", text)
}

// Params are our parameters; each element must be known.
func (w *Weights) Params(specs []param.Spec) (map[string][]float64, error) {
	out := map[string][]float64{}
	for _, s := range specs {
		v := make([]float64, s.Shape.Size())
		if set, ok := w.computed[s.Name]; ok {
			if len(set) != len(v) {
				return nil, fmt.Errorf("%d numbers for our parameter %s %v", len(set), s.Name, s.Shape)
			}
			out[s.Name] = set
			continue
		}
		filled := make([]bool, len(v))
		for _, p := range w.parts[s.Name] {
			theirs := w.source.Values(p.theirs)
			if p.from+len(p.at) > len(v) {
				return nil, fmt.Errorf("our parameter %s %v has fewer than %d elements", s.Name, s.Shape, p.from+len(p.at))
			}
			for i, j := range p.at {
				v[p.from+i] += p.sign * theirs[j]
				filled[p.from+i] = true
			}
		}
		if i := slices.Index(filled, false); i >= 0 {
			return nil, fmt.Errorf("nothing is known about element %d of our parameter %s %v", i, s.Name, s.Shape)
		}
		out[s.Name] = v
	}
	return out, nil
}

// Gradients turns those of our parameters into those of theirs. Parameters of theirs that no part mentions are missing in the result.
func (w *Weights) Gradients(ours map[string][]float64) map[string][]float64 {
	out := map[string][]float64{}
	for _, name := range slices.Sorted(maps.Keys(w.parts)) {
		g, ok := ours[name]
		if !ok {
			continue // a weight that our network does not have, because its mask is 0
		}
		for _, p := range w.parts[name] {
			if out[p.theirs] == nil {
				out[p.theirs] = make([]float64, len(w.source.Values(p.theirs)))
			}
			for i, j := range p.at {
				out[p.theirs][j] += p.sign * g[p.from+i]
			}
		}
	}
	return out
}

// Shape is that of a parameter of theirs.
func (w *Weights) Shape(theirs string) (shape []int, ok bool) { return w.source.Shape(theirs) }
