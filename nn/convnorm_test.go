package nn_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/ref"
)

// imageNet is a bound network of images with values of its parameters.
type imageNet struct {
	net    nn.Net
	in     graph.Shape
	values map[string][]float64
}

func bindImageNet(t *testing.T, m nn.ImageConditioner, in graph.Shape, out int, seed uint64) imageNet {
	t.Helper()
	r := param.NewRegistry()
	net, err := m.BindImage(r.Scope(), in, nil, out)
	if err != nil {
		t.Fatal(err)
	}
	specs, err := r.Specs()
	if err != nil {
		t.Fatal(err)
	}
	n, set := imageNet{net, in, map[string][]float64{}}, param.New(specs, seed)
	for _, s := range specs {
		n.values[s.Name] = set.Data(s.Name)
	}
	return n
}

// run applies the network in a mode, with stored updates.
func (n imageNet) run(t *testing.T, mode graph.Mode, rows int, x []float64) []float64 {
	t.Helper()
	g, err := graph.Build(mode, func(b *graph.Builder) error {
		b.Output("y", n.net.Apply(b, b.Input("x", n.in...), graph.Value{}))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	in := map[string][]float64{"x": x}
	for name, v := range n.values {
		in[name] = v
	}
	r, err := ref.Run(context.Background(), g, ref.Call{Rows: rows, Inputs: in})
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range r.Updates {
		n.values[name] = v
	}
	return r.Outputs["y"]
}

// The start gives every hidden channel the mean 0 and the deviation 1 over pixels and rows, in the order of the layers: after it, evaluation computes what the
// starting pass did, whatever the scale of the data, and a second start on other data changes nothing.
func TestActNormOfNetworksStarts(t *testing.T) {
	const rows, seed = 30, 3
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	shape := graph.Shape{2, 3, 2}
	x, scaled := make([]float64, rows*shape.Size()), make([]float64, rows*shape.Size())
	for i := range x {
		x[i] = 5 + 3*rng.NormFloat64()
		scaled[i] = 1000 * x[i]
	}
	for name, m := range map[string]nn.ImageConditioner{
		"three convolutions": nn.ConvNet{Hidden: 4, Window: 1, Activation: "tanh", Norm: nn.ActNorm},
		"residual":           nn.ResidualConv{Hidden: 4, Window: 1, Activation: "tanh", Norm: nn.ActNorm},
	} {
		n := bindImageNet(t, m, shape, 3, seed)
		before := n.run(t, graph.Evaluate, rows, x)
		first := n.run(t, graph.Start, rows, x)
		moved, off := 0., 0.
		for i, y := range n.run(t, graph.Evaluate, rows, x) {
			moved, off = math.Max(moved, math.Abs(y-before[i])), math.Max(off, math.Abs(y-first[i]))
		}
		if moved < 1e-3 || off > 1e-12 {
			t.Errorf("%s: the start moves outputs by %g, and evaluation then differs from it by %g", name, moved, off)
		}
		again := n.run(t, graph.Start, rows, scaled)
		for i, y := range n.run(t, graph.Evaluate, rows, scaled) {
			if y != again[i] {
				t.Fatalf("%s: a second start is not evaluation", name)
			}
		}
	}
	// What starts on data of another scale becomes the same function of the scaled data, without a bias before its norm.
	var outputs [2][]float64
	for i, data := range [][]float64{x, scaled} {
		n := bindImageNet(t, nn.ConvNet{Hidden: 4, Window: 1, Activation: "tanh", Norm: nn.ActNorm}, shape, 3, seed)
		clear(n.values["layers.0.bias"])
		outputs[i] = n.run(t, graph.Start, rows, data)
	}
	for i, y := range outputs[0] {
		if math.Abs(y-outputs[1][i]) > 1e-9 {
			t.Fatalf("outputs depend on the scale of the data: %g and %g", y, outputs[1][i])
		}
	}
}

// A layer norm sees the channels of a pixel alone: a constant added to all channels before it, or a factor on them, changes nothing.
func TestLayerNormOfPixels(t *testing.T) {
	const rows, seed = 4, 2
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	shape := graph.Shape{3, 2, 2}
	x := make([]float64, rows*shape.Size())
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	n := bindImageNet(t, nn.ConvNet{Hidden: 5, Window: 1, Activation: "tanh", Norm: nn.LayerNorm}, shape, 2, seed)
	want := n.run(t, graph.Evaluate, rows, x)
	for i := range n.values["layers.0.bias"] {
		n.values["layers.0.bias"][i] += 10
	}
	for i, y := range n.run(t, graph.Evaluate, rows, x) {
		if math.Abs(y-want[i]) > 1e-12 {
			t.Fatalf("element %d is %g, and %g with 10 added to all channels", i, want[i], y)
		}
	}
}

// With Zeros a network begins as 0, and its gain multiplies what comes out.
func TestZerosAndGains(t *testing.T) {
	const seed = 4
	x := []float64{1, -2, 3, 4, 0.5, 6, -7, 8}
	for name, m := range map[string]struct {
		net   nn.ImageConditioner
		layer string
	}{
		"three convolutions": {nn.ConvNet{Hidden: 3, Zeros: true}, "layers.2."},
		"residual":           {nn.ResidualConv{Hidden: 3, Zeros: true}, "layers.1."},
		"one convolution":    {nn.Convolution{}, ""},
	} {
		n := bindImageNet(t, m.net, graph.Shape{2, 2, 2}, 1, seed)
		for _, y := range n.run(t, graph.Evaluate, 1, x) {
			if y != 0 {
				t.Errorf("%s begins with %g", name, y)
			}
		}
		for i := range n.values[m.layer+"weight"] {
			n.values[m.layer+"weight"][i] = math.Sin(float64(i + 1))
		}
		n.values[m.layer+"bias"][0] = 0.3
		plain := n.run(t, graph.Evaluate, 1, x)
		n.values[m.layer+"gain"][0] = 0.2
		for i, y := range n.run(t, graph.Evaluate, 1, x) {
			if want := math.Exp(0.6) * plain[i]; want == 0 || math.Abs(y-want) > 1e-12*math.Abs(want) {
				t.Errorf("%s: element %d is %g with a gain of 0.2, want %g", name, i, y, want)
			}
		}
	}
}
