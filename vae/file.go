package vae

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/model"
	"diffeo/param"
)

// RecipeName is the recipe that model files of autoencoders name. The command does not know it: what such a model says of a row is a bound.
const RecipeName = "autoencoder"

// prefix stands before the names of parameters in files.
const prefix = "base."

// Save writes an autoencoder and its weights to a model file, with weights in precision, model.Float32 or model.Float64. Errors: those of Description.Autoencoder; weights of another
// autoencoder are fault.ErrShape; those of model.Model.Save.
func Save(path string, d Description, params *param.Set, precision string) error {
	f, err := d.flow()
	if err != nil {
		return err
	}
	config, err := json.Marshal(d)
	if err != nil {
		return err
	}
	bound, err := f.Bind()
	if err != nil {
		return err
	}
	m := &model.Model{Recipe: RecipeName, Config: config, Flow: f, Params: param.New(bound.Specs, 0), Precision: precision}
	for i := range d.Columns {
		m.Columns = append(m.Columns, model.Column{Name: fmt.Sprint("c", i), Std: 1})
	}
	for _, s := range bound.Specs {
		values := params.Data(strings.TrimPrefix(s.Name, prefix))
		if len(values) != s.Shape.Size() {
			return fmt.Errorf("%w: parameter %q needs %d values, %d are given: are these weights of another autoencoder?", fault.ErrShape, s.Name, s.Shape.Size(), len(values))
		}
		if err := m.Params.Assign(s.Name, values); err != nil {
			return err
		}
	}
	return m.Save(path)
}

// Load reads what Save has written. Errors are those of model.Load.
func Load(path string) (Description, *param.Set, error) {
	var d Description
	size := 0
	if info, err := os.Stat(path); err == nil {
		size = int(info.Size())
	}
	m, err := model.Load(path, model.With(map[string]model.Recipe{RecipeName: func(config json.RawMessage) (flow.Flow, error) {
		reader := json.NewDecoder(bytes.NewReader(config))
		reader.DisallowUnknownFields()
		if err := reader.Decode(&d); err != nil {
			return flow.Flow{}, err
		}
		if err := d.modest(size); err != nil {
			return flow.Flow{}, err
		}
		return d.flow()
	}}))
	if err != nil {
		return d, nil, err
	}
	if m.Recipe != RecipeName {
		return d, nil, fmt.Errorf("%w: %s holds a flow of the recipe %s, not an autoencoder; read it with package model", fault.ErrModel, path, m.Recipe)
	}
	a, err := d.Autoencoder()
	if err != nil {
		return d, nil, err
	}
	params, err := a.Init(0)
	if err != nil {
		return d, nil, err
	}
	for _, s := range params.Specs() {
		if err := params.Assign(s.Name, m.Params.Data(prefix+s.Name)); err != nil {
			return d, nil, err
		}
	}
	return d, params, nil
}

// flow is the autoencoder as the base of a flow without a transform, the form in which a model file holds it.
func (d Description) flow() (flow.Flow, error) {
	a, err := d.Autoencoder()
	return flow.Flow{Base: base{a}, Transform: bijection.Chain{}}, err
}

// base is an autoencoder as a distribution.
type base struct{ a Autoencoder }

func (d base) Bind(s *param.Scope, _ graph.Shape) (dist.Bound, error) { return d.a.bindIn(s) }

// modest refuses a description whose networks would have far more weights than its file has bytes.
func (d Description) modest(size int) error {
	total, width := 0., float64(d.Columns)
	for _, list := range [][]int{d.Encoder, {d.Latent, d.Latent}, d.Decoder, {d.Columns}} {
		for _, n := range list {
			total += width * float64(n)
			width = float64(n)
		}
	}
	for _, p := range []*Part{d.Posterior, d.Prior} {
		if p == nil {
			continue
		}
		c := p.Config
		if c.Dim = d.Latent; p == d.Posterior && len(d.Encoder) > 0 {
			c.Context = d.Encoder[len(d.Encoder)-1]
		}
		if err := model.Modest(p.Recipe, c, size); err != nil {
			return err
		}
	}
	return model.Affordable(total, size)
}
