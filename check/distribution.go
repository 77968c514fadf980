package check

import (
	"fmt"
	"math"

	"diffeo/dist"
	"diffeo/param"
)

// distribution is the distribution function of each coordinate of a base alone, whatever the others are.
type distribution func(j int, u float64) float64

// distributionOf finds that of a base whose parameters are under a name; nil where it is not known here: that of a base under a condition, of one that
// is resampled, and of scales by another function than the exponential.
func distributionOf(base dist.Distribution, at string, p *param.Set) distribution {
	values := func(name string) []float64 { return p.Data(at + "." + name) }
	switch n := base.(type) {
	case dist.StandardNormal:
		return func(_ int, u float64) float64 { return normalBelow(u) }
	case dist.DiagonalNormal:
		return located(values("loc"), values("log_scale"), func(_ int, z float64) float64 { return normalBelow(z) })
	case dist.Laplace:
		return located(values("loc"), values("log_scale"), func(_ int, z float64) float64 { return laplaceBelow(z) })
	case dist.Logistic:
		return located(values("loc"), values("log_scale"), func(_ int, z float64) float64 { return logisticBelow(z) })
	case dist.StudentT:
		df := values("log_df")
		return located(values("loc"), values("log_scale"), func(j int, z float64) float64 {
			return studentBelow(z, math.Exp(min(max(df[j], math.Log(0.1)), math.Log(1e8))))
		})
	case dist.VonMises:
		return circular(values("loc"), values("log_concentration"))
	case dist.Uniform:
		return func(j int, u float64) float64 { return min(max((u-n.Low[j])/(n.High[j]-n.Low[j]), 0), 1) }
	case dist.UniformCircle:
		return func(_ int, u float64) float64 { return min(max((u+math.Pi)/(2*math.Pi), 0), 1) }
	case dist.Product:
		return product(n, at, p)
	case dist.MixtureOf:
		return mixture(n, at, p)
	}
	return nil
}

// located is the distribution of loc + scale·z, with scales by the exponential.
func located(loc, logScale []float64, below func(j int, z float64) float64) distribution {
	if loc == nil || logScale == nil {
		return nil
	}
	return func(j int, u float64) float64 {
		return below(j, (u-loc[j])*math.Exp(-min(max(logScale[j], -60), 60)))
	}
}

// circular is that of von Mises densities, counted from −π.
func circular(loc, logConcentration []float64) distribution {
	if loc == nil || logConcentration == nil {
		return nil
	}
	return func(j int, u float64) float64 {
		k := math.Exp(min(max(logConcentration[j], math.Log(1e-10)), math.Log(1e8)))
		m := math.Remainder(min(max(loc[j], -1000), 1000), 2*math.Pi)
		from, to := vonMisesBelow(-math.Pi-m, k), vonMisesBelow(min(max(u, -math.Pi), math.Pi)-m, k)
		return min(max(to-from, 0), 1)
	}
}

// product passes a coordinate to the part that it belongs to.
func product(n dist.Product, at string, p *param.Set) distribution {
	type place struct {
		below distribution
		j     int
	}
	var places []place
	for i, part := range n.Parts {
		name := fmt.Sprintf("%s.parts.%d", at, i)
		below := distributionOf(part, name, p)
		if below == nil {
			return nil
		}
		d, ok := width(part)
		if !ok {
			return nil
		}
		for j := range d {
			places = append(places, place{below, j})
		}
	}
	return func(j int, u float64) float64 { return places[j].below(places[j].j, u) }
}

// width is the number of columns of a density whose parameters do not depend on a condition.
func width(d dist.Distribution) (int, bool) {
	bound, err := d.Bind(param.NewRegistry().Scope(), nil)
	if err != nil || len(bound.Event()) != 1 {
		return 0, false
	}
	return bound.Event()[0], true
}

// mixture is the weighted mean of its components' distribution functions.
func mixture(n dist.MixtureOf, at string, p *param.Set) distribution {
	logits := p.Data(at + ".logits")
	var components []distribution
	for k, c := range n.Components {
		below := distributionOf(c, fmt.Sprintf("%s.components.%d", at, k), p)
		if below == nil {
			return nil
		}
		components = append(components, below)
	}
	if len(logits) != len(components) || len(logits) == 0 {
		return nil
	}
	weights, most, total := make([]float64, len(logits)), logits[0], 0.0
	for _, l := range logits {
		most = max(most, l)
	}
	for k, l := range logits {
		weights[k] = math.Exp(l - most)
		total += weights[k]
	}
	return func(j int, u float64) float64 {
		sum := 0.0
		for k, below := range components {
			sum += weights[k] / total * below(j, u)
		}
		return min(sum, 1)
	}
}
