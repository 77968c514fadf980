package importer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"diffeo/fault"
	"diffeo/internal/transfer"
	"diffeo/param"
	"diffeo/recipe"
)

// libraries is the table of names: what reads a specification, without the fields that all have, into a builder.
var libraries = map[string]func(b *builder, class string, o object) error{
	"zuko":      zuko,
	"nflows":    nflows,
	"normflows": normflows,
}

// Libraries lists the names of the libraries whose flows can be imported.
func Libraries() []string { return slices.Sorted(maps.Keys(libraries)) }

// Flow is an imported flow: its description, and where its weights are.
type Flow struct {
	Layers           recipe.Layers
	Columns, Context []Column // as the specification describes them; nil: it does not

	weights *transfer.Weights
}

// New joins a specification and a state. The specification is a JSON object: "flow" is the class (of zuko: MAF, NSF, RealNVP and seven more; of nflows:
// MaskedAutoregressiveFlow, SimpleRealNVP, Flow; of normflows: NormalizingFlow, ConditionalNormalizingFlow), its other fields are the
// arguments of the class, and "columns" and "context_columns" may describe the data. docs/import.md says more.
//
// Errors wrap fault.ErrConfig where the specification is wrong, and fault.ErrModel where the state does not fit it: parameters that are missing,
// superfluous, or of another shape, each by name, eight at most.
func New(library string, specification []byte, s *State) (*Flow, error) {
	build, ok := libraries[library]
	if !ok {
		return nil, fmt.Errorf("%w: there is no library %q; choose one of %s", fault.ErrConfig, library, strings.Join(Libraries(), ", "))
	}
	o, err := parse(specification)
	if err != nil {
		return nil, fmt.Errorf("specification: %w", err)
	}
	f := &Flow{weights: transfer.New(s)}
	b := &builder{w: f.weights}
	if err := f.build(build, b, o); err != nil {
		return nil, fmt.Errorf("specification: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(s.others)) {
		b.w.Problem("entry %q is %s", name, s.others[name])
	}
	if err := b.w.Err(); err != nil {
		return nil, fmt.Errorf("%w: the parameters are not those of the specification: %w", fault.ErrModel, err)
	}
	f.Layers = recipe.Layers{Dim: b.dim, Context: b.context, Base: b.base, Components: b.components, Parts: b.parts, Layers: b.layers}
	return f, nil
}

func (f *Flow) build(build func(*builder, string, object) error, b *builder, o object) error {
	class, err := o.named("flow")
	if err != nil {
		return err
	}
	if f.Columns, err = o.columns("columns"); err != nil {
		return err
	}
	if f.Context, err = o.columns("context_columns"); err != nil {
		return err
	}
	if err := build(b, class, o); err != nil {
		return err
	}
	for field, c := range map[string]struct {
		n, want int
	}{"columns": {len(f.Columns), b.dim}, "context_columns": {len(f.Context), b.context}} {
		if c.n != 0 && c.n != c.want {
			return fmt.Errorf("%w: %q describes %d columns of %d", fault.ErrConfig, field, c.n, c.want)
		}
	}
	return nil
}

// Fill puts the weights into the parameters of the flow that Layers describes. Errors wrap fault.ErrModel, for a weight that is not finite.
func (f *Flow) Fill(p *param.Set) error {
	values, err := f.weights.Params(p.Specs())
	if err != nil {
		return fmt.Errorf("%w: %w", fault.ErrModel, err)
	}
	for _, s := range p.Specs() {
		if err := p.Assign(s.Name, values[s.Name]); err != nil {
			return fmt.Errorf("%w: %w", fault.ErrModel, err)
		}
	}
	return nil
}

// Gradients turns gradients of the flow's parameters by name into those of the library's, for comparisons. Parameters that the flow does not
// have, and those that were computed from several, are missing in the result.
func (f *Flow) Gradients(ours map[string][]float64) map[string][]float64 {
	return f.weights.Gradients(ours)
}
