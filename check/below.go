package check

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
)

// normalBelow is the probability that a standard normal number is below z.
func normalBelow(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }

// laplaceBelow is that of the Laplace distribution.
func laplaceBelow(z float64) float64 {
	if z < 0 {
		return 0.5 * math.Exp(z)
	}
	return 1 - 0.5*math.Exp(-z)
}

// logisticBelow is that of the logistic distribution.
func logisticBelow(z float64) float64 {
	if z < 0 {
		return math.Exp(z) / (1 + math.Exp(z))
	}
	return 1 / (1 + math.Exp(-z))
}

// studentBelow is that of Student's t with ν degrees of freedom, ½·I_x(ν/2, ½) at x = ν/(ν + z²) for z ≤ 0 (Abramowitz and Stegun 26.7.1). For many degrees
// it is a normal's with the first terms in 1/ν (R. A. Fisher, Metron 5, 1925), as the log-gammas of the beta function have no digits left.
func studentBelow(z, df float64) float64 {
	if df > 1e5 {
		z = min(max(z, -40), 40)
		s := z * z
		terms := (s+1)/(4*df) + (((3*s-7)*s-5)*s-3)/(96*df*df)
		return normalBelow(z) - z*terms*math.Exp(-s/2)/math.Sqrt(2*math.Pi)
	}
	r := z / math.Sqrt(df)
	tail := 0.5 * incompleteBeta(df/2, 0.5, 1/(1+r*r), 1/(1+1/(r*r)))
	if z > 0 {
		return 1 - tail
	}
	return tail
}

// incompleteBeta is the regularised incomplete beta function I_x(a, b), with y = 1 − x, by the continued fraction of Lentz (DLMF 8.17.22) on the side
// where it converges fast, I_x(a, b) = 1 − I_y(b, a).
func incompleteBeta(a, b, x, y float64) float64 {
	switch {
	case x <= 0:
		return 0
	case y <= 0:
		return 1
	case x > (a+1)/(a+b+2):
		return 1 - incompleteBeta(b, a, y, x)
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab-la-lb+a*math.Log(x)+b*math.Log(y)) / a
	const tiny = 1e-300
	nonzero := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c, d := 1.0, 1/nonzero(1-(a+b)*x/(a+1))
	h := d
	for m := 1.0; m < 10_000; m++ {
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d, c = 1/nonzero(1+even*d), nonzero(1+even/c)
		h *= d * c
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d, c = 1/nonzero(1+odd*d), nonzero(1+odd/c)
		h *= d * c
		if math.Abs(d*c-1) < 1e-16 {
			break
		}
	}
	return front * h
}

// vonMisesBelow is the probability that an angle of the von Mises distribution of mean 0 and concentration κ lies below t, counted from −π and on through
// the circles: F(t + 2π) = F(t) + 1. In one circle F(t) = ½ + ½·A(t)/A(π), A(t) = ∫₀ᵗ e^(κ·(cos s − 1)) ds. The integrand is about as smooth as a
// normal of deviation 1/√κ; Gauss and Legendre's rule takes as much of it as is not 0.
func vonMisesBelow(t, k float64) float64 {
	turns := math.Floor(t/(2*math.Pi) + 0.5)
	t -= 2 * math.Pi * turns
	most := math.Pi
	if reach := 40 / (2 * k); reach < 1 { // beyond it e^(κ·(cos s − 1)) < e^−40
		most = min(most, 2*math.Asin(math.Sqrt(reach)))
	}
	area := func(to float64) float64 {
		sum := 0.0
		for i, x := range gaussNodes {
			half := math.Sin(to * x / 2)
			sum += gaussWeights[i] * math.Exp(-2*k*half*half)
		}
		return to * sum
	}
	return turns + 0.5 + 0.5*math.Copysign(area(min(math.Abs(t), most))/area(most), t)
}

var gaussNodes, gaussWeights = gaussLegendre(48)

// gaussLegendre is the rule of n nodes on [0, 1].
func gaussLegendre(n int) (at, weight []float64) {
	at, weight = make([]float64, n), make([]float64, n)
	quad.Legendre{}.FixedLocations(at, weight, 0, 1)
	return at, weight
}
