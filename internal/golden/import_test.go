package golden

import (
	"encoding/json"
	"fmt"

	"diffeo/importer"
	"diffeo/param"
	"diffeo/recipe"
)

// Whole flows are built as diffeo import builds them: from the library's constructor arguments and the parameters' names.

type list = []any
type fields = map[string]any

// imported makes a twin by package importer; spec says what the case was made of.
func imported(library string, spec func(c *goldenCase) fields) func(c *goldenCase) built {
	return func(c *goldenCase) built {
		c.t.Helper()
		text, err := json.Marshal(spec(c))
		if err != nil {
			c.t.Fatal(err)
		}
		p := parameters{c}
		state := map[string]importer.Tensor{}
		for _, name := range p.Names() {
			state[name] = caseTensor{p, name}
		}
		f, err := importer.New(library, text, importer.NewState(state))
		if err != nil {
			c.t.Fatalf("%s: %v", text, err)
		}
		flow, err := recipe.FromLayers(f.Layers)
		if err != nil {
			c.t.Fatal(err)
		}
		b, err := flow.Bind()
		if err != nil {
			c.t.Fatal(err)
		}
		_, moved := p.Shape("_distribution._context_encoder.weight")
		return built{transform: b.Transform, base: b.Base, specs: b.Specs, weights: importedWeights{c, f}, moved: moved}
	}
}

// caseTensor is a parameter of a case.
type caseTensor struct {
	parameters
	name string
}

func (t caseTensor) Shape() []int        { shape, _ := t.parameters.Shape(t.name); return shape }
func (t caseTensor) Float64s() []float64 { return t.Values(t.name) }
func (t caseTensor) DType() string       { return "float64" }

// importedWeights is the takeover of an imported flow.
type importedWeights struct {
	c *goldenCase
	f *importer.Flow
}

func (w importedWeights) values(specs []param.Spec) map[string][]float64 {
	w.c.t.Helper()
	set, out := param.New(specs, 0), map[string][]float64{}
	if err := w.f.Fill(set); err != nil {
		w.c.t.Fatal(err)
	}
	for _, s := range specs {
		out[s.Name] = set.Data(s.Name)
	}
	return out
}

func (w importedWeights) gradients(ours map[string][]float64) map[string][]float64 {
	return w.f.Gradients(ours)
}

// field is a number of the configuration, or another one where it has none.
func (c *goldenCase) field(name string, without any) any {
	var v any
	if c.meta.Config[name] == nil {
		return without
	}
	c.config(name, &v)
	return v
}

// count is the number of parameters whose names have the form, with numbers from 0.
func (c *goldenCase) count(form string) int {
	n := 0
	for c.has("param/" + fmt.Sprintf(form, n)) {
		n++
	}
	return n
}

// zuko's configurations are the arguments.
func zukoSpec(c *goldenCase) fields {
	spec := fields{"flow": constructor(c)}
	for name := range c.meta.Config {
		spec[name] = c.field(name, nil)
	}
	return spec
}

func nflowsReadySpec(c *goldenCase) fields {
	spec := fields{"flow": constructor(c), "features": c.field("features", nil), "hidden_features": c.field("hidden", nil),
		"num_layers": c.field("num_layers", nil), "num_blocks_per_layer": c.field("num_blocks", nil)}
	if residual := c.field("residual", nil); residual != nil {
		spec["use_residual_blocks"] = residual
	}
	return spec
}

// maf_nflows_context: a random permutation and a masked affine map in turn, on a normal that the context moves.
func nflowsConditionalSpec(c *goldenCase) fields {
	d, context := c.field("features", nil), c.context()
	return fields{
		"flow": "Flow",
		"transforms": list{fields{"repeat": c.field("layers", nil), "of": list{
			fields{"type": "RandomPermutation", "features": d},
			fields{"type": "MaskedAffineAutoregressiveTransform", "features": d, "hidden_features": c.field("hidden", nil), "context_features": context},
		}}},
		"distribution": fields{"type": "ConditionalDiagonalNormal", "shape": list{d},
			"context_encoder": fields{"type": "Linear", "in_features": context, "out_features": 2 * c.dim()}},
	}
}

// nflowsSplineSpec: [permutation, LU, spline] in turn, and LU at the base; couplings or autoregressive maps.
func nflowsSplineSpec(c *goldenCase) fields {
	d, hidden, last := c.field("features", nil), c.field("hidden", nil), 0
	for c.has(fmt.Sprintf("param/_transform._transforms.%d._permutation", 3*last)) {
		last++
	}
	spline := fields{"num_bins": c.field("bins", nil), "tails": "linear", "tail_bound": c.field("tail_bound", nil)}
	if net := "_transform._transforms.2.transform_net.blocks.%d.linear_layers.0.bias"; c.count(net) > 0 {
		spline["type"] = "nflows.transforms.PiecewiseRationalQuadraticCouplingTransform"
		spline["transform_net"] = fields{"type": "ResidualNet", "hidden_features": hidden, "num_blocks": c.count(net), "context_features": contextOrNull(c)}
		spline["apply_unconditional_transform"] = c.field("apply_unconditional_transform", false)
	} else {
		spline["type"] = "nflows.transforms.MaskedPiecewiseRationalQuadraticAutoregressiveTransform"
		spline["features"], spline["hidden_features"], spline["context_features"] = d, hidden, contextOrNull(c)
		spline["num_blocks"] = c.count("_transform._transforms.2.autoregressive_net.blocks.%d.linear_layers.0.bias")
	}
	base := fields{"type": "StandardNormal", "shape": list{d}}
	if c.has("param/_distribution.mean_") {
		base["type"] = "DiagonalNormal"
	}
	lu := fields{"type": "LULinear", "features": d}
	return fields{"flow": "Flow", "distribution": base, "transforms": list{
		fields{"repeat": last, "of": list{fields{"type": "RandomPermutation", "features": d}, lu, spline}}, lu,
	}}
}

func contextOrNull(c *goldenCase) any {
	if n := c.context(); n > 0 {
		return n
	}
	return nil
}

// normflowsSpec is a flow and another one in turn.
func normflowsSpec(flows func(c *goldenCase) list) func(c *goldenCase) fields {
	return func(c *goldenCase) fields {
		pair := flows(c)
		last := 0
		for last < 100 && c.hasPrefix(fmt.Sprintf("param/flows.%d.", last)) {
			last++
		}
		return fields{"flow": "NormalizingFlow", "q0": fields{"type": "DiagGaussian", "shape": c.field("features", nil)},
			"flows": list{fields{"repeat": last / len(pair), "of": pair}}}
	}
}

func normflowsSplines(c *goldenCase) list {
	d := c.field("features", nil)
	return list{
		fields{"type": "CoupledRationalQuadraticSpline", "num_input_channels": d, "num_hidden_channels": c.field("hidden", nil), "num_bins": c.field("bins", nil),
			"num_blocks":           c.count("flows.0.prqct.transform_net.blocks.%d.linear_layers.0.bias"),
			"num_context_channels": contextOrNull(c), "tail_bound": c.field("tail_bound", 3)},
		fields{"type": "LULinearPermute", "num_channels": d},
	}
}

func normflowsIAF(c *goldenCase) list {
	d := c.field("features", nil)
	return list{
		fields{"type": "MaskedAffineAutoregressive", "features": d, "hidden_features": c.field("hidden", nil), "context_features": contextOrNull(c),
			"num_blocks": c.count("flows.0.autoregressive_net.blocks.%d.linear_layers.0.bias")},
		fields{"type": "LULinearPermute", "num_channels": d},
	}
}

func normflowsRealNVP(c *goldenCase) list {
	d := c.field("features", nil)
	net := fields{"type": "MLP", "layers": list{d, c.field("hidden", nil), d}}
	return list{fields{"type": "MaskedAffineFlow", "t": net, "s": net}, fields{"type": "ActNorm", "shape": d}}
}

// normflowsCircularSpec: [coupling, shift] in turn, of two angles and a number. Bounds and shifts are tensors, so that those of the shifts are in the
// file.
func normflowsCircularSpec(c *goldenCase) fields {
	d, angles, last := c.field("features", nil), c.field("circular", nil), 0
	for c.has(fmt.Sprintf("param/flows.%d.shift", 2*last+1)) {
		last++
	}
	return fields{"flow": "NormalizingFlow", "q0": fields{"type": "UniformGaussian", "ndim": d, "ind": angles}, "flows": list{fields{"repeat": last, "of": list{
		fields{"type": "CircularCoupledRationalQuadraticSpline", "num_input_channels": d, "num_hidden_channels": c.field("hidden", nil), "ind_circ": angles,
			"num_blocks": c.count("flows.0.prqct.transform_net.blocks.%d.linear_layers.0.bias"), "num_bins": c.field("bins", nil), "tail_bound": c.field("tail_bound", nil)},
		fields{"type": "PeriodicShift", "ind": angles},
	}}}}
}
