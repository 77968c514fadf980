package train

import (
	"context"
	"math"
	"testing"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/flow"
	"diffeo/param"
)

// Training starts activation norms from the data, once: the columns of a table far from the base's scale come out normalised before
// the first step, and a second training goes on from the stored values.
func TestActivationNormsStartOnce(t *testing.T) {
	f := flow.Flow{Base: dist.StandardNormal{Dim: 2}, Transform: bijection.Chain{Transforms: []bijection.Bijection{
		bijection.Static{}, bijection.ActNorm{}, bijection.Invert{Bijection: bijection.ActNorm{}},
	}}}
	bound, err := f.Bind()
	must(t, err)
	d := banana[float64](6000, 1)
	for r := range d.X.Rows {
		d.X.Row(r)[0] = 300 + 50*d.X.Row(r)[0]
	}
	p := param.New(bound.Specs, 1)
	c := DefaultConfig()
	c.Steps, c.Rate = 1, 1e-12
	_, err = MaximumLikelihood(context.Background(), f, p, d, Data[float64]{}, c)
	must(t, err)
	for _, name := range []string{"transform.transforms.1.started", "transform.transforms.2.started"} {
		if v := p.Data(name); v == nil || v[0] != 1 {
			t.Fatalf("%s is %v after training", name, v)
		}
	}
	log, shift := p.Data("transform.transforms.2.log_scale"), p.Data("transform.transforms.2.shift") // inverted: u = e^log·x + shift
	if math.Abs(math.Exp(-log[0])-50) > 1.5 || math.Abs(-shift[0]*math.Exp(-log[0])-300) > 3 {
		t.Errorf("columns of mean 300 and deviation 50 give log-scale %g and shift %g", log[0], shift[0])
	}
	for i, x := range p.Data("transform.transforms.1.log_scale") { // it sees what the other has normalised
		if math.Abs(x) > 1e-6 || math.Abs(p.Data("transform.transforms.1.shift")[i]) > 1e-6 {
			t.Errorf("the second activation norm starts with log-scale %g and shift %g", x, p.Data("transform.transforms.1.shift")[i])
		}
	}
	before := p.Clone()
	for r := range d.X.Rows {
		d.X.Row(r)[0] += 1000
	}
	_, err = MaximumLikelihood(context.Background(), f, p, d, Data[float64]{}, c)
	must(t, err)
	for _, s := range p.Specs() {
		for i, x := range p.Data(s.Name) {
			if math.Abs(x-before.Data(s.Name)[i]) > 1e-9 {
				t.Errorf("a second training changes %s from %g to %g before its first step", s.Name, before.Data(s.Name)[i], x)
			}
		}
	}
}
