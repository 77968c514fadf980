package vonmises

import "math"

// logI0 is log I₀(κ), κ ≥ 0: by its power series, and from 20 on by Hankel's asymptotic one, which is good to 10⁻¹³ there (DLMF 10.25.2, 10.40.1).
func logI0(k float64) float64 {
	if k < 20 {
		sum, term := 1.0, 1.0
		for i := 1.0; term > 1e-17*sum; i++ {
			term *= k * k / (4 * i * i)
			sum += term
		}
		return math.Log(sum)
	}
	sum, term := 1.0, 1.0
	for i := 1.0; i < 30; i++ {
		next := term * (2*i - 1) * (2*i - 1) / (8 * i * k)
		if next > term {
			break
		}
		term = next
		sum += term
	}
	return k - math.Log(2*math.Pi*k)/2 + math.Log(sum)
}

// ratio is A(κ) = I₁(κ)/I₀(κ), the length of the mean direction, by the recurrence of Iᵢ₊₁/Iᵢ from far out (DLMF 10.29.1).
func ratio(k float64) float64 {
	r := 0.0
	for i := math.Ceil(2*k) + 40; i >= 1; i-- {
		r = k / (2*i + k*r)
	}
	return r
}

// most is the largest concentration that is fitted: a deviation of one hundredth of a radian.
const most = 1e4

// concentration is the κ whose mean direction has a length, A(κ) = length, held within 0 … most.
func concentration(length float64) float64 {
	if !(length > 0) {
		return 0
	}
	if length >= 1-1/(2*most) { // A(κ) ≈ 1 − 1/2κ
		return most
	}
	k := length * (2 - length*length) / (1 - length*length) // Banerjee et al., JMLR 6, 2005
	for range 50 {
		a := ratio(k)
		slope := 1 - a*a
		if k > 0 {
			slope -= a / k
		}
		step := (a - length) / slope
		k = math.Max(k/10, k-step)
		if math.Abs(step) <= 1e-12*k {
			break
		}
	}
	return math.Min(k, most)
}
