package model

import (
	"fmt"
	"math"
	"slices"

	"diffeo/data"
	"diffeo/dequant"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/param"
)

// Noise says that the noise of the dequantized columns was learned with the flow, as a second flow q(u|x) under the numbers (dequant), and how large that is. Its weights are
// among Model.Params under noise.
type Noise struct {
	Transforms int   `json:"transforms"` // maps of q
	Hidden     []int `json:"hidden"`     // of its networks: the channels for pictures, one number, or the units of each layer for columns of a table
}

// StandardNoise is the size that a model's noise has where nothing else is asked for.
func (m *Model) StandardNoise() Noise {
	if m.Image != nil {
		return Noise{Transforms: 4, Hidden: []int{32}}
	}
	return Noise{Transforms: 2, Hidden: []int{64, 64}}
}

// Bounds of a Noise, so that a few bytes of a file cannot ask for any amount of time.
const (
	mostNoiseTransforms = 256
	mostNoiseHidden     = 1 << 16
)

// LearnNoise gives a model noise that is to be learned, with first weights that are a function of the model's seed; weights that it has stay. Errors wrap fault.ErrConfig: no column
// is dequantized, or one goes through further steps, so that its cells are not of one width in the flow's units; a bad Noise.
func (m *Model) LearnNoise(n Noise) error {
	with := *m
	with.Noise = &n
	d, err := with.Dequantized()
	if err != nil {
		return err
	}
	params, err := d.Init(m.Seed)
	if err != nil {
		return err
	}
	for _, s := range m.Params.Specs() {
		if err := params.Assign(s.Name, m.Params.Data(s.Name)); err != nil {
			return err
		}
	}
	m.Noise, m.Params = &n, params
	return nil
}

// Dequantized is the flow of a model with noise that is learned, in the flow's units. Errors are those of LearnNoise.
func (m *Model) Dequantized() (dequant.Model, error) {
	d := dequant.Model{Density: m.Flow}
	bad := func(format string, args ...any) (dequant.Model, error) {
		return d, fmt.Errorf("%w: noise: %s", fault.ErrConfig, fmt.Sprintf(format, args...))
	}
	n := m.Noise
	if n == nil {
		return bad("none is learned")
	}
	if n.Transforms < 1 || n.Transforms > mostNoiseTransforms || len(n.Hidden) == 0 || slices.Min(n.Hidden) < 1 || slices.Max(n.Hidden) > mostNoiseHidden {
		return bad("%d transforms, networks of %v; both are numbers above 0", n.Transforms, n.Hidden)
	}
	var err error
	if d.Widths, err = m.widths(); err != nil {
		return d, err
	}
	d.Noise, err = n.flow(m, d.Widths)
	return d, err
}

// weights are those of q under rows of so many numbers, at least.
func (n Noise) weights(row int) float64 {
	total, width := 0., float64(row)
	if len(n.Hidden) == 1 {
		width = 0 // networks of pictures see few channels
	}
	for _, h := range n.Hidden {
		total += 200 + float64(h)*max(1, width)
		width = float64(h)
	}
	return float64(n.Transforms) * total
}

// flow is q.
func (n Noise) flow(m *Model, widths []float64) (flow.Flow, error) {
	if p := m.Image; p != nil {
		if len(n.Hidden) != 1 {
			return flow.Flow{}, fmt.Errorf("%w: noise: networks of %v; those of pictures have one number of channels", fault.ErrConfig, n.Hidden)
		}
		return dequant.ImageNoise{Image: []int{p.Channels, p.Height, p.Width}, Levels: p.Levels, Transforms: n.Transforms, Hidden: n.Hidden[0]}.Flow()
	}
	cells := 0
	for _, w := range widths {
		if w > 0 {
			cells++
		}
	}
	return dequant.ColumnNoise{Columns: cells, Context: len(m.Columns) + len(m.Context), Transforms: n.Transforms, Hidden: n.Hidden}.Flow()
}

// widths are those of the cells in the flow's units, 0 for columns that are not dequantized.
func (m *Model) widths() ([]float64, error) {
	widths, any := make([]float64, len(m.Columns)), false
	for i, c := range m.Columns {
		if len(c.Steps) == 0 || c.Steps[0].Kind != data.Dequantize {
			continue
		}
		if len(c.Steps) > 1 {
			return nil, fmt.Errorf("%w: noise: column %q goes through %v, and noise is learned where a column of whole numbers goes through no further step: give --column %s=integer",
				fault.ErrConfig, c.Name, c.Steps[1], c.Name)
		}
		any = true
		widths[i] = c.Steps[0].Width / c.Std
	}
	if !any {
		return nil, fmt.Errorf("%w: noise: no column is dequantized, so that there is none to learn", fault.ErrConfig)
	}
	return widths, nil
}

// LogCells is Σ log width of the cells in the flow's units: what dequant's bound says more than the mean of log p(y)/q.
func (m *Model) LogCells() float64 {
	sum := 0.0
	widths, err := m.widths()
	if err != nil {
		return 0
	}
	for _, w := range widths {
		if w > 0 {
			sum += math.Log(w)
		}
	}
	return sum
}

// specs are the parameters of a model, those of its noise among them.
func (m *Model) specs() ([]param.Spec, error) {
	var bound *flow.Bound
	var err error
	if m.Noise == nil {
		bound, err = m.Flow.Bind()
	} else {
		var d dequant.Model
		if d, err = m.Dequantized(); err == nil {
			bound, err = d.Bind()
		}
	}
	if err != nil {
		return nil, err
	}
	return bound.Specs, nil
}
