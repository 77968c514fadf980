// Package param names, declares, initialises and holds the parameters of models. Names are explicit
// (transforms.3.conditioner.layers.0.weight) because they are the file format: renaming a Go field must not break a model file.
package param

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"

	"diffeo/fault"
	"diffeo/graph"
)

// Spec declares one parameter.
type Spec struct {
	Name  string
	Shape graph.Shape
	Init  Init
	State bool // not trained by gradients: a running statistic, a data-dependent start
}

// Registry collects the declarations of one model while it is bound.
type Registry struct {
	specs  []Spec
	known  map[string]bool
	shared map[any]any // of Shared
	err    error
}

// NewRegistry returns an empty registry.
func NewRegistry() *Registry { return &Registry{known: map[string]bool{}, shared: map[any]any{}} }

// Specs lists the declared parameters in the order of declaration, or the first mistake made in declaring them.
func (r *Registry) Specs() ([]Spec, error) { return r.specs, r.err }

// Scope returns the outermost scope, whose names have no prefix.
func (r *Registry) Scope() *Scope { return &Scope{registry: r} }

// Scope is a place in the tree of names. Bind methods declare their parameters in the scope that they are given.
type Scope struct {
	path     string
	registry *Registry
}

// Sub is the scope called name inside s.
func (s *Scope) Sub(name string) *Scope { return &Scope{s.join(name), s.registry} }

// At is the scope called name.i inside s.
func (s *Scope) At(name string, i int) *Scope { return s.Sub(fmt.Sprintf("%s.%d", name, i)) }

// Path is the dotted name of the scope; random streams are named by it too.
func (s *Scope) Path() string { return s.path }

// Param declares a trained parameter.
func (s *Scope) Param(name string, init Init, shape ...int) Ref {
	return s.declare(name, init, shape, false)
}

// State declares a parameter that gradients do not train; the graph changes it by updates.
func (s *Scope) State(name string, init Init, shape ...int) Ref {
	return s.declare(name, init, shape, true)
}

func (s *Scope) declare(name string, init Init, shape graph.Shape, state bool) Ref {
	full, r := s.join(name), s.registry
	if r.known[full] && r.err == nil {
		r.err = fmt.Errorf("%w: two parameters are called %q", fault.ErrConfig, full)
	}
	r.known[full] = true
	r.specs = append(r.specs, Spec{full, shape, init, state})
	return Ref{full, shape}
}

func (s *Scope) join(name string) string {
	if s.path == "" {
		return name
	}
	return s.path + "." + name
}

// Ref points to a declared parameter.
type Ref struct {
	Name  string
	Shape graph.Shape
}

// Value is the parameter in a graph.
func (r Ref) Value(b *graph.Builder) graph.Value { return b.Param(r.Name, r.Shape...) }

// Init fills the first values of a parameter. Those of different parameters may be called at the same time.
type Init func(rng *rand.Rand, data []float64)

// Constant fills with x.
func Constant(x float64) Init {
	return func(_ *rand.Rand, data []float64) {
		for i := range data {
			data[i] = x
		}
	}
}

// Values copies given numbers.
func Values(x ...float64) Init { return func(_ *rand.Rand, data []float64) { copy(data, x) } }

// Uniform draws from ±bound.
func Uniform(bound float64) Init {
	return func(rng *rand.Rand, data []float64) {
		for i := range data {
			data[i] = bound * (2*rng.Float64() - 1)
		}
	}
}

// Gaussian draws from a centred normal.
func Gaussian(deviation float64) Init {
	return func(rng *rand.Rand, data []float64) {
		for i := range data {
			data[i] = deviation * rng.NormFloat64()
		}
	}
}

// source is the random stream of one parameter: a function of the seed and its name alone, so that a part of a model begins the
// same whatever stands beside it.
func source(seed uint64, name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}
