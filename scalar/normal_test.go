package scalar

import (
	"math"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/internal/engine"
	"diffeo/ref"
)

// log Φ against values of mpmath 1.3.0 (log(erfc(z/√2)/2) with 40 digits), from the middle far into the tail; its derivative is
// φ/Φ there, and the quantile undoes it.
func TestNormalTails(t *testing.T) {
	z := []float64{0, 0.5, 1, 2, 3, 5, 8, 15, 40, 1000}
	far := []float64{
		-0.69314718055994530942, -1.1759117615936186089, -1.8410216450092635058, -3.7831843336820319488, -6.6077262215103495433,
		-15.064998393988725736, -35.013437159914549896, -116.13138484571169524, -804.60844201375378817, -500007.82669481218431,
	}
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		z := b.Input("z", 1)
		lower, upper, _ := normalTails(b, graph.Neg(z))
		b.Output("far", lower)
		b.Output("near", upper)
		b.Output("hazard", graph.Gradient(graph.Sum(lower), z)[0])
		b.Output("back", normalQuantile(b, lower))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []struct {
		name string
		run  engine.Engine
		eps  float64
	}{
		{"ref", engine.Ref, 0x1p-52},
		{"cpu in float64", engine.CPU[float64](cpu.Options{}), 0x1p-52},
		{"cpu in float32", engine.CPU[float32](cpu.Options{}), 0x1p-23},
	} {
		r, err := e.run(t.Context(), g, ref.Call{Rows: len(z), Inputs: map[string][]float64{"z": z}})
		if err != nil {
			t.Fatal(err)
		}
		for i, z := range z {
			hazard := -math.Exp(-z*z/2 - math.Log(2*math.Pi)/2 - far[i])
			for _, c := range []struct {
				what      string
				got, want float64
				tol       float64
			}{
				{"log Φ(−z)", r.Outputs["far"][i], far[i], 20 * e.eps * math.Abs(far[i])},
				{"log Φ(z)", r.Outputs["near"][i], math.Log1p(-math.Exp(far[i])), 20 * e.eps},
				{"derivative", r.Outputs["hazard"][i], hazard, 30*e.eps*math.Abs(hazard) + 1e-15*z*z*math.Abs(hazard)},
				{"quantile", r.Outputs["back"][i], z, 40 * e.eps * math.Max(1, z)},
			} {
				if !(math.Abs(c.got-c.want) <= c.tol) {
					t.Errorf("%s, z = %g: %s is %.17g, want %.17g (tolerance %.1g)", e.name, z, c.what, c.got, c.want, c.tol)
				}
			}
		}
	}
}
