package model

import (
	"encoding/json"
	"fmt"

	"diffeo/fault"
	"diffeo/flow"
	"diffeo/param"
	"diffeo/recipe"
)

// The number types that weights are trained and stored in.
const (
	Float32 = "float32"
	Float64 = "float64"
)

// Model is a flow with everything that makes sense of it.
type Model struct {
	Recipe    string          // the name of the recipe
	Config    json.RawMessage // its configuration; a recipe.Config for those of package recipe, recipe.Layers for recipe.LayersName
	Flow      flow.Flow       // what the recipe makes of the configuration
	Params    *param.Set      // the weights
	Precision string          // Float32 or Float64: what the weights were trained in
	Columns   []Column        // of the data, in the flow's order
	Context   []Column        // of the condition
	Image     *Image          // the columns are the pixels of pictures; nil: of a table
	Noise     *Noise          // the noise of dequantized columns was learned; nil: it is uniform
	Seed      uint64          // of the split, the first weights, and the order of rows
	Training  Training
}

// New makes a model of a recipe of package recipe, with first weights that are a function of the seed. The columns give the
// recipe's Dim and Context. Errors wrap fault.ErrConfig.
func New(name string, c recipe.Config, columns, context []Column, precision string, seed uint64) (*Model, error) {
	c.Dim, c.Context = len(columns), len(context)
	f, err := recipe.New(name, c)
	if err != nil {
		return nil, err
	}
	return assemble(Model{Recipe: name, Flow: f, Precision: precision, Columns: columns, Context: context, Seed: seed}, c)
}

// FromLayers makes a model of a flow that is described layer by layer, with first weights from the seed 0. Errors wrap
// fault.ErrConfig, fault.ErrShape, or fault.ErrModel for columns that are not those of the flow.
func FromLayers(c recipe.Layers, columns, context []Column, precision string) (*Model, error) {
	f, err := recipe.FromLayers(c)
	if err != nil {
		return nil, err
	}
	return assemble(Model{Recipe: recipe.LayersName, Flow: f, Precision: precision, Columns: columns, Context: context}, c)
}

// assemble completes a model by its first weights and the configuration that its flow can be built from again.
func assemble(m Model, c any) (*Model, error) {
	bound, err := m.Flow.Bind()
	if err != nil {
		return nil, err
	}
	if m.Config, err = json.Marshal(c); err != nil {
		return nil, fmt.Errorf("%w: %w", fault.ErrConfig, err)
	}
	m.Params = param.New(bound.Specs, m.Seed)
	return &m, m.check()
}

// check reports a model that contradicts itself. It is asked of what is written as well as of what is read.
func (m *Model) check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", fault.ErrModel, fmt.Sprintf(format, args...))
	}
	if m.Precision != Float32 && m.Precision != Float64 {
		return bad("precision %.40q is neither %q nor %q", m.Precision, Float32, Float64)
	}
	if r := m.Training.Reference; r != nil {
		if err := r.check(); err != nil {
			return err
		}
	}
	bound, err := m.Flow.Bind()
	if err != nil {
		return bad("recipe %q: %v", m.Recipe, err)
	}
	if dim := bound.Transform.DataShape().Size(); len(m.Columns) != dim {
		return bad("%d columns for a flow of %d", len(m.Columns), dim)
	}
	if len(m.Context) != m.Flow.Context {
		return bad("%d context columns for a flow with %d", len(m.Context), m.Flow.Context)
	}
	if m.Image != nil {
		if err := m.Image.fits(m.Columns, m.Context); err != nil {
			return err
		}
		return m.checkNoise()
	}
	seen := map[string]bool{}
	for _, list := range [][]Column{m.Columns, m.Context} {
		for i, c := range list {
			if c.Name == "" || seen[c.Name] {
				return bad("column %d is named %q: names are not empty and occur once", i, c.Name)
			}
			seen[c.Name] = true
		}
		if err := Preprocessing(list).Check(len(list)); err != nil {
			return bad("preprocessing: %v", err)
		}
	}
	return m.checkNoise()
}

// checkNoise reports noise that the columns have no use for.
func (m *Model) checkNoise() error {
	if m.Noise == nil {
		return nil
	}
	if _, err := m.Dequantized(); err != nil {
		return fmt.Errorf("%w: %w", fault.ErrModel, err)
	}
	return nil
}
