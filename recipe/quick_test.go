package recipe

import (
	"context"
	"math"
	"testing"

	"diffeo/flow"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/ref"
)

func TestQuick(t *testing.T) {
	for _, name := range Names() {
		for _, cfg := range []Config{{Dim: 3, Context: 2, Transforms: 3, Hidden: []int{8, 8}}, {Dim: 1, Transforms: 2, Hidden: []int{4}}, {Dim: 1, Context: 1, Transforms: 2, Hidden: []int{4}}} {
			f, err := New(name, cfg)
			if err != nil {
				t.Fatal(err)
			}
			fb, err := f.Bind()
			if err != nil {
				t.Fatal(err)
			}
			set := param.New(fb.Specs, 3)
			for _, s := range fb.Specs {
				d := set.Data(s.Name)
				for i := range d {
					d[i] += 0.3 * math.Sin(float64(i)+float64(len(s.Name)))
				}
			}
			check(t, name, cfg, fb, set)
		}
	}
}

func check(t *testing.T, name string, cfg Config, fb *flow.Bound, set *param.Set) {
	rows := 4
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		u := b.Input("u", cfg.Dim)
		var c graph.Value
		if cfg.Context > 0 {
			c = b.Input("c", cfg.Context)
		}
		x, ld := fb.Transform.Forward(b, u, c)
		u2, ld2 := fb.Transform.Inverse(b, x, c)
		b.Output("x", x)
		b.Output("ld", ld)
		b.Output("ld2", ld2)
		b.Output("u2", u2)
		lp := graph.MeanRows(graph.Sum(graph.Square(x)))
		b.Output("loss", lp)
		var ps []graph.Value
		for _, s := range fb.Specs {
			ps = append(ps, b.Param(s.Name, s.Shape...))
		}
		for i, gr := range graph.Gradient(lp, ps...) {
			b.Output("g/"+fb.Specs[i].Name, gr)
		}
		return nil
	})
	if err != nil {
		t.Fatal(name, err)
	}
	in := map[string][]float64{}
	for _, s := range fb.Specs {
		in[s.Name] = set.Data(s.Name)
	}
	for i := range rows * cfg.Dim {
		in["u"] = append(in["u"], math.Cos(float64(i)*1.7))
	}
	for i := range rows * cfg.Context {
		in["c"] = append(in["c"], math.Cos(float64(i)*2.7))
	}
	run := func() map[string][]float64 {
		r, err := ref.Run(context.Background(), g, ref.Call{Rows: rows, Inputs: in})
		if err != nil {
			t.Fatal(name, err)
		}
		return r.Outputs
	}
	r := run()
	for i := range r["u2"] {
		if math.Abs(r["u2"][i]-in["u"][i]) > 1e-10 {
			t.Error(name, cfg, "round trip", i, r["u2"][i], in["u"][i])
		}
	}
	for i := range r["ld2"] {
		if math.Abs(r["ld2"][i]+r["ld"][i]) > 1e-10 {
			t.Error(name, "ld")
		}
	}
	for _, s := range fb.Specs {
		d := set.Data(s.Name)
		for i := range d {
			if i > 3 && i < len(d)-2 {
				continue
			}
			old := d[i]
			h := 1e-5
			d[i] = old + h
			a := run()["loss"][0]
			d[i] = old - h
			c := run()["loss"][0]
			d[i] = old
			fd := (a - c) / (2 * h)
			if math.Abs(fd-r["g/"+s.Name][i]) > 1e-6*(1+math.Abs(fd)) {
				t.Error(name, cfg, s.Name, i, fd, r["g/"+s.Name][i])
			}
		}
	}
}
