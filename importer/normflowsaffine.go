package importer

import (
	"fmt"
	"slices"

	"diffeo/fault"
	"diffeo/internal/transfer"
	"diffeo/recipe"
)

// mlp is normflows' MLP: linear layers with ReLU between them.
type mlp struct {
	Layers      []int   `json:"layers"`
	Leaky       refused `json:"leaky"`
	ScoreScale  refused `json:"score_scale"`
	OutputFn    refused `json:"output_fn"`
	OutputScale refused `json:"output_scale"`
	InitZeros   ignored `json:"init_zeros"`
	Dropout     any     `json:"dropout"` // a layer before the last one, which counts in the names
}

// network reads an MLP with so many outputs of so many inputs.
func network(o object, in, out int) (mlp, error) {
	class, err := o.named("type")
	if err != nil {
		return mlp{}, err
	}
	if class != "MLP" {
		return mlp{}, fmt.Errorf("%w: the network %s cannot be imported; MLP can", fault.ErrConfig, class)
	}
	var m mlp
	if err := o.arguments(class, &m); err != nil {
		return mlp{}, err
	}
	n := len(m.Layers)
	if n < 2 || m.Layers[0] != in || m.Layers[n-1] != out {
		return mlp{}, fmt.Errorf("%w: MLP: the layers %v should go from %d to %d", fault.ErrConfig, m.Layers, in, out)
	}
	for _, h := range m.Layers {
		if err := sized(class, "layers", h, 1); err != nil {
			return mlp{}, err
		}
	}
	return m, nil
}

// net is our network for it.
func (m mlp) net() recipe.LayerNet {
	return recipe.LayerNet{Kind: recipe.PlainNet, Hidden: m.Layers[1 : len(m.Layers)-1], Activation: "relu"}
}

// take takes the weights. Our network has only some of their inputs, listed in columns, and of their outputs, listed in rows.
func (m mlp) take(b *builder, scope, theirs string, columns, rows []int) {
	last := len(m.Layers) - 2
	for i := range last + 1 {
		index := 2 * i
		if i == last && m.Dropout != nil {
			index++
		}
		layer := fmt.Sprintf("%snet.%d.", theirs, index)
		l := transfer.Linear{Ours: fmt.Sprintf("%slayers.%d", scope, i), Weight: layer + "weight", Bias: layer + "bias",
			In: m.Layers[i], Out: m.Layers[i+1], Rows: m.Layers[i+1], Width: m.Layers[i]}
		if i == 0 {
			l.In, l.Column = len(columns), at(columns)
		}
		if i == last {
			l.Out, l.Row = len(rows), at(rows)
		}
		b.linear(l)
	}
}

// maskedAffine adds MaskedAffineFlow: x = b·u + (1 − b)·(u·eˢ + t), with networks s and t of b·u.
func (b *builder) maskedAffine(theirs, class string, o object) error {
	var a struct {
		B ignored `json:"b"`
		T object  `json:"t"`
		S object  `json:"s"`
	}
	if err := o.arguments(class, &a); err != nil {
		return err
	}
	if a.T == nil && a.S == nil {
		return fmt.Errorf("%w: %s: \"t\" and \"s\" are missing: networks, at least one of them", fault.ErrConfig, class)
	}
	mask := b.integers(theirs+"b", 0, 1, 1, b.dim)
	var passed, mapped []int
	for d, m := range mask {
		if m == 1 {
			passed = append(passed, d)
		} else {
			mapped = append(mapped, d)
		}
	}
	var nets [2]mlp
	for i, n := range []object{a.T, a.S} {
		if n == nil {
			continue
		}
		var err error
		if nets[i], err = network(n, b.dim, b.dim); err != nil {
			return fmt.Errorf("%s: %w", class, err)
		}
	}
	if mask == nil || len(mapped) == 0 {
		for i, name := range []string{"t.", "s."} { // the networks change nothing
			if nets[i].Layers != nil {
				b.w.Skip(theirs + name)
			}
		}
		return nil
	}
	if a.S == nil {
		net := nets[0].net()
		scope := b.add(recipe.Layer{Kind: recipe.CouplingLayer, Columns: passed, Map: &recipe.LayerMap{Kind: recipe.AdditiveMap}, Net: &net})
		nets[0].take(b, scope+"conditioner.", theirs+"t.", passed, mapped)
		return nil
	}
	f := recipe.LayerMap{Kind: recipe.AffineMap, Form: "base", Scale: &recipe.LayerScale{Kind: recipe.ExpScale}}
	net := recipe.LayerNet{Kind: recipe.ParallelNet, Nets: []recipe.LayerNet{{Kind: recipe.PlainNet}, nets[1].net()}}
	if a.T != nil {
		net.Nets[0] = nets[0].net()
	}
	scope := b.add(recipe.Layer{Kind: recipe.CouplingLayer, Columns: passed, Map: &f, Net: &net}) + "conditioner.nets."
	nets[1].take(b, scope+"1.", theirs+"s.", passed, mapped)
	if a.T != nil {
		nets[0].take(b, scope+"0.", theirs+"t.", passed, mapped)
	} else { // no shifts
		b.w.Set(scope+"0.layers.0.weight", make([]float64, len(mapped)*len(passed)))
		b.w.Set(scope+"0.layers.0.bias", make([]float64, len(mapped)))
	}
	return nil
}

// affineBlock adds AffineCouplingBlock: a split, an affine coupling with one network whose outputs are shift and scale of one column after
// the other, and the merge.
func (b *builder) affineBlock(theirs, class string, o object) error {
	a := struct {
		Net   object `json:"param_map"`
		Scale bool   `json:"scale"`
		Map   string `json:"scale_map"`
		Split string `json:"split_mode"`
	}{Scale: true, Map: "exp", Split: "channel"}
	if err := o.arguments(class, &a); err != nil {
		return err
	}
	if a.Net == nil || b.dim < 2 {
		return fmt.Errorf("%w: %s: \"param_map\" is missing, or there is one column only", fault.ErrConfig, class)
	}
	half := (b.dim + 1) / 2 // chunk(2) makes the first part the larger one
	all := transfer.Ascending(b.dim)
	passed, mapped := all[:half], all[half:]
	switch a.Split {
	case "channel":
	case "channel_inv":
		passed, mapped = mapped, passed
	default:
		return fmt.Errorf("%w: %s: the split %q cannot be imported; \"channel\" and \"channel_inv\" can", fault.ErrConfig, class, a.Split)
	}
	f, outs := recipe.LayerMap{Kind: recipe.AdditiveMap}, 1
	if a.Scale {
		scale, ok := affineBlocks[a.Map]
		if !ok {
			return fmt.Errorf("%w: %s: the scale map %q is none of \"exp\", \"sigmoid\", \"sigmoid_inv\"", fault.ErrConfig, class, a.Map)
		}
		f, outs = scale, 2
	}
	m, err := network(a.Net, len(passed), outs*len(mapped))
	if err != nil {
		return fmt.Errorf("%s: %w", class, err)
	}
	rows := make([]int, outs*len(mapped))
	for i := range rows {
		rows[i] = transfer.ColumnMajor(len(mapped), transfer.Ascending(outs)...)(i)
	}
	net := m.net()
	scope := b.add(recipe.Layer{Kind: recipe.CouplingLayer, Columns: slices.Clone(passed), Map: &f, Net: &net}) + "conditioner."
	m.take(b, scope, theirs+"flows.1.param_map.", transfer.Ascending(len(passed)), rows)
	return nil
}

// affineBlocks is the table of scale maps: x = u·eˢ + t, u = σ(s+2)·(x − t), x = u·σ(s+2) + t.
var affineBlocks = map[string]recipe.LayerMap{
	"exp":         {Kind: recipe.AffineMap, Form: "base", Scale: &recipe.LayerScale{Kind: recipe.ExpScale}},
	"sigmoid":     {Kind: recipe.AffineMap, Form: "center", Scale: &recipe.LayerScale{Kind: recipe.SigmoidScale, Shift: 2}},
	"sigmoid_inv": {Kind: recipe.AffineMap, Form: "base", Scale: &recipe.LayerScale{Kind: recipe.SigmoidScale, Shift: 2}},
}
