package nn_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
)

// A network with a norm computes the formula: that of the row, of the batch while it trains, of the running averages otherwise, which training moves by
// a tenth of the way.
func TestNormsComputeTheirFormula(t *testing.T) {
	const rows, units = 9, 6
	for _, kind := range []string{nn.LayerNorm, nn.BatchNorm} {
		n := newTrained(t, nn.MLP{Hidden: []int{units}, Activation: "tanh", Norm: kind}, rows, 5)
		for _, mode := range []graph.Mode{graph.Evaluate, graph.Start, graph.Train} {
			r := n.run(n.graph(mode))
			h := n.layer()
			mean, variance := make([]float64, rows*units), make([]float64, rows*units) // of each number
			epsilon := 1e-5
			for i := range h {
				row, unit := i/units, i%units
				switch {
				case kind == nn.LayerNorm:
					mean[i], variance[i] = meanOf(h[row*units : row*units+units])
				case mode == graph.Train:
					column := make([]float64, rows)
					for r := range rows {
						column[r] = h[r*units+unit]
					}
					mean[i], variance[i] = meanOf(column)
					variance[i] *= rows / (rows - 1.)
				default:
					mean[i], variance[i] = n.in["layers.0.norm.running_mean"][unit], n.in["layers.0.norm.running_variance"][unit]
				}
			}
			if kind == nn.BatchNorm {
				epsilon = 1e-3
			}
			for row := range rows {
				for o := range 4 {
					want := n.in["layers.1.bias"][o]
					for k := range 2 {
						want += n.in["layers.1.context"][2*o+k] * n.in["c"][2*row+k]
					}
					for j := range units {
						i := row*units + j
						z := (h[i] - mean[i]) / math.Sqrt(variance[i]+epsilon)
						want += n.in["layers.1.weight"][o*units+j] * math.Tanh(z*n.in["layers.0.norm.weight"][j]+n.in["layers.0.norm.bias"][j])
					}
					if got := r.Outputs["y"][4*row+o]; !(math.Abs(got-want) <= 1e-11*(1+math.Abs(want))) {
						t.Fatalf("%s, mode %d: output %d of row %d is %g, want %g", kind, mode, o, row, got, want)
					}
				}
			}
			if (len(r.Updates) > 0) != (kind == nn.BatchNorm && mode == graph.Train) {
				t.Fatalf("%s, mode %d: %d updates", kind, mode, len(r.Updates))
			}
			for name, of := range map[string][]float64{"layers.0.norm.running_mean": mean, "layers.0.norm.running_variance": variance} {
				for j, x := range r.Updates[name] {
					if want := n.in[name][j] + 0.1*(of[j]-n.in[name][j]); !(math.Abs(x-want) <= 1e-11) {
						t.Errorf("%s[%d] becomes %g, want %g", name, j, x, want)
					}
				}
			}
		}
	}
}

// layer is the first layer of every row before its norm.
func (n *trained) layer() []float64 {
	w, b, v := n.in["layers.0.weight"], n.in["layers.0.bias"], n.in["layers.0.context"]
	var out []float64
	for r := range n.rows {
		for j := range b {
			s := b[j]
			for k := range 3 {
				s += w[3*j+k] * n.in["x"][3*r+k]
			}
			for k := range 2 {
				s += v[2*j+k] * n.in["c"][2*r+k]
			}
			out = append(out, s)
		}
	}
	return out
}

func meanOf(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / float64(len(x))
	}
	return mean, variance
}

// Gradients go through the means and variances, in networks of every kind, also beside dropout.
func TestNormsAreDifferentiable(t *testing.T) {
	for name, m := range map[string]any{
		"MLP, layer":           nn.MLP{Hidden: []int{5, 4}, Activation: "tanh", Norm: nn.LayerNorm},
		"MLP, batch":           nn.MLP{Hidden: []int{5, 4}, Activation: "tanh", Norm: nn.BatchNorm},
		"residual, layer":      nn.Residual{Hidden: 5, Activation: "silu", Norm: nn.LayerNorm, Dropout: 0.2},
		"residual, batch":      nn.Residual{Hidden: 5, Activation: "silu", Norm: nn.BatchNorm, Dropout: 0.2},
		"MADE, batch":          nn.MADE{Hidden: []int{5, 4}, Activation: "tanh", Norm: nn.BatchNorm},
		"residual MADE, batch": nn.ResidualMADE{Hidden: 5, Blocks: 1, Activation: "tanh", Norm: nn.BatchNorm},
	} {
		t.Run(name, func(t *testing.T) {
			n := newTrained(t, m, 7, 8)
			n.gradients(n.graph(graph.Train))
		})
	}
}

// Numbers that no norm can square give finite outputs.
func TestNormsOfWildNumbers(t *testing.T) {
	for _, kind := range []string{nn.LayerNorm, nn.BatchNorm} {
		n := newTrained(t, nn.MLP{Hidden: []int{5, 4}, Norm: kind}, 3, 2)
		n.in["x"] = []float64{1e300, -1e300, 0, math.Inf(1), 1, 1, 0, 0, math.Inf(-1)}
		for _, mode := range []graph.Mode{graph.Evaluate, graph.Train} {
			if y := n.run(n.graph(mode)).Outputs["y"]; slices.ContainsFunc(y, func(v float64) bool { return v-v != 0 }) {
				t.Errorf("%s, mode %d: %v", kind, mode, y)
			}
		}
	}
}

// The names are the file format.
func TestNormNames(t *testing.T) {
	for _, c := range []struct {
		m    nn.Conditioner
		want []string
	}{
		{nn.MLP{Hidden: []int{4}, Norm: nn.BatchNorm}, []string{"layers.0.norm.bias", "layers.0.norm.running_mean", "layers.0.norm.running_variance", "layers.0.norm.weight"}},
		{nn.Residual{Hidden: 4, Blocks: 1, Norm: nn.LayerNorm}, []string{"blocks.0.norms.0.bias", "blocks.0.norms.0.weight", "blocks.0.norms.1.bias", "blocks.0.norms.1.weight"}},
	} {
		r := param.NewRegistry()
		if _, err := c.m.Bind(r.Scope(), 2, nil, 3); err != nil {
			t.Fatal(err)
		}
		specs, _ := r.Specs()
		var got []string
		for _, s := range specs {
			if slices.Contains(c.want, s.Name) {
				got = append(got, s.Name)
			}
		}
		if slices.Sort(got); !slices.Equal(got, c.want) {
			t.Errorf("%v, want %v", got, c.want)
		}
	}
}

func TestBadDropoutAndNorms(t *testing.T) {
	scope := func() *param.Scope { return param.NewRegistry().Scope() }
	for name, bind := range map[string]func() error{
		"dropout of all":   func() error { _, err := nn.MLP{Dropout: 1}.Bind(scope(), 2, nil, 2); return err },
		"negative dropout": func() error { _, err := nn.Residual{Dropout: -0.1}.Bind(scope(), 2, nil, 2); return err },
		"dropout NaN": func() error {
			_, err := nn.MADE{Dropout: math.NaN()}.BindMasked(scope(), []int{0, 1}, nil, 2)
			return err
		},
		"no such norm":        func() error { _, err := nn.MLP{Norm: "group"}.Bind(scope(), 2, nil, 2); return err },
		"no such norm, block": func() error { _, err := nn.Residual{Norm: "group"}.Bind(scope(), 2, nil, 2); return err },
		"layer norm, masked": func() error {
			_, err := nn.MADE{Norm: nn.LayerNorm}.BindMasked(scope(), []int{0, 1}, nil, 2)
			return err
		},
		"layer norm, blocks": func() error {
			_, err := nn.ResidualMADE{Norm: nn.LayerNorm}.BindMasked(scope(), []int{0, 1}, nil, 2)
			return err
		},
		"dropout of shared inputs": func() error { _, err := nn.MLP{Dropout: 0.1}.BindColumns(scope(), 2, 2); return err },
		"norm of shared inputs":    func() error { _, err := nn.MLP{Norm: nn.BatchNorm}.BindColumns(scope(), 2, 2); return err },
		"no condition to embed":    func() error { _, _, err := nn.Embedding{Layers: []int{3}}.Bind(scope(), nil); return err },
		"no layers to embed":       func() error { _, _, err := nn.Embedding{}.Bind(scope(), graph.Shape{2}); return err },
		"no units to embed":        func() error { _, _, err := nn.Embedding{Layers: []int{3, 0}}.Bind(scope(), graph.Shape{2}); return err },
		"no such activation": func() error {
			_, _, err := nn.Embedding{Layers: []int{3}, Activation: "x"}.Bind(scope(), graph.Shape{2})
			return err
		},
	} {
		if err := bind(); !errors.Is(err, fault.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
