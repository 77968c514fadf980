package simd

import (
	"math"
	"math/big"
	"testing"
)

// TestUlps32 tries every 997th float32, of all 2^32, against package math in float64.
func TestUlps32(t *testing.T) {
	step := uint64(997)
	if testing.Short() {
		step = 99991
	}
	eachLevel(t, func(t *testing.T, k *Kernels[float32]) {
		for _, f := range []struct {
			name string
			run  func(dst, a []float32)
			want func(float64) float64
		}{
			{"Exp", k.Exp, math.Exp}, {"Log", k.Log, math.Log}, {"Tanh", k.Tanh, math.Tanh},
			{"Sigmoid", k.Sigmoid, refSigmoid}, {"Softplus", k.Softplus, refSoftplus}, {"Expm1", k.Expm1, math.Expm1},
			{"Log1p", k.Log1p, math.Log1p}, {"Erf", k.Erf, math.Erf}, {"Sin", k.Sin, sin}, {"Cos", k.Cos, cos},
		} {
			worst, worstAt := 0.0, float32(0)
			var a, d [4096]float32
			for b := uint64(0); b < 1<<32; {
				n := 0
				for ; n < len(a) && b < 1<<32; n, b = n+1, b+step {
					a[n] = math.Float32frombits(uint32(b))
				}
				f.run(d[:n], a[:n])
				for i, x := range a[:n] {
					if u := ulps(d[i], f.want(float64(x))); u > worst {
						worst, worstAt = u, x
					}
				}
			}
			t.Logf("%s: at most %.3f ulp, at %v", f.name, worst, worstAt)
			if worst > ulpMath {
				t.Errorf("%s(%v) is off by %.2f ulp, more than %d", f.name, worstAt, worst, ulpMath)
			}
		}
	}, nil)
}

// TestUlps64 tries random numbers of all sizes and some in the difficult places, against math/big.
func TestUlps64(t *testing.T) {
	n := 6000
	if testing.Short() {
		n = 500
	}
	r := random(t)
	xs := make([]float64, 0, 4*n)
	for range n {
		sign := float64(1 - 2*r.IntN(2))
		xs = append(xs, sign*math.Exp(r.Float64()*60-50), r.NormFloat64(), 1500*r.Float64()-750, 1+0.5*r.NormFloat64())
	}
	refs := []struct {
		name string
		want func(x float64) *big.Float
		in   func(x float64) float64
		run  func(k *Kernels[float64]) func(dst, a []float64)
	}{
		{"Exp", bigExp, func(x float64) float64 { return min(max(x, -745), 709.78) },
			func(k *Kernels[float64]) func(dst, a []float64) { return k.Exp }},
		{"Log", bigLog, func(x float64) float64 {
			if x < 0 {
				return math.Exp(x) // also tiny and denormal numbers
			}
			return x
		}, func(k *Kernels[float64]) func(dst, a []float64) { return k.Log }},
		{"Tanh", bigTanh, func(x float64) float64 { return min(max(x, -50), 50) },
			func(k *Kernels[float64]) func(dst, a []float64) { return k.Tanh }},
		{"Sigmoid", bigSigmoid, func(x float64) float64 { return min(max(x, -745), 745) },
			func(k *Kernels[float64]) func(dst, a []float64) { return k.Sigmoid }},
		{"Softplus", bigSoftplus, func(x float64) float64 { return min(max(x, -745), 745) },
			func(k *Kernels[float64]) func(dst, a []float64) { return k.Softplus }},
		{"Expm1", bigExpm1, func(x float64) float64 { return min(max(x, -745), 709.78) },
			func(k *Kernels[float64]) func(dst, a []float64) { return k.Expm1 }},
		{"Log1p", func(x float64) *big.Float { return bigLog1p(bigOf(x)) }, func(x float64) float64 {
			if x < -100 {
				return math.Exp(-x) // large numbers
			}
			return max(x, math.Tanh(x)) // and some close to -1
		}, func(k *Kernels[float64]) func(dst, a []float64) { return k.Log1p }},
		{"Erf", bigErf, func(x float64) float64 { return min(max(x, -7), 7) },
			func(k *Kernels[float64]) func(dst, a []float64) { return k.Erf }},
		{"Sin", func(x float64) *big.Float { s, _ := bigSinCos(x); return s }, nearHalfPi,
			func(k *Kernels[float64]) func(dst, a []float64) { return k.Sin }},
		{"Cos", func(x float64) *big.Float { _, c := bigSinCos(x); return c }, nearHalfPi,
			func(k *Kernels[float64]) func(dst, a []float64) { return k.Cos }},
	}
	for _, f := range refs {
		var a []float64
		var want []*big.Float
		step := 1
		if f.name != "Exp" && f.name != "Log" && f.name != "Tanh" {
			step = 4 // time
		}
		for i := 0; i < len(xs); i += step {
			x := xs[(i+i/step)%len(xs)]
			if x = f.in(x); x != 0 && math.Abs(x) < math.MaxFloat64 && x > -1e300 && !(f.name == "Log1p" && x <= -1) {
				a, want = append(a, x), append(want, f.want(x))
			}
		}
		t.Run(f.name, func(t *testing.T) {
			eachLevel(t, nil, func(t *testing.T, k *Kernels[float64]) {
				d := make([]float64, len(a))
				f.run(k)(d, a)
				worst, worstAt := 0.0, 0.0
				for i := range d {
					w, _ := want[i].Float64()
					diff := new(big.Float).Sub(want[i], big.NewFloat(d[i]))
					e, _ := diff.Float64()
					if u := math.Abs(e) / ulpOf[float64](w); !(u <= worst) {
						worst, worstAt = u, a[i]
					}
				}
				t.Logf("at most %.3f ulp, at %v", worst, worstAt)
				if !(worst <= ulpMath) {
					t.Errorf("%s(%v) is off by %.2f ulp, more than %d", f.name, worstAt, worst, ulpMath)
				}
			})
		})
	}
}

const bigBits = 200

func bigOf(x float64) *big.Float { return new(big.Float).SetPrec(bigBits).SetFloat64(x) }

// bigExpOf is e^x: Taylor's series at x/2^k, squared k times.
func bigExpOf(x *big.Float) *big.Float {
	k := max(x.MantExp(nil)+12, 0)
	y := bigOf(0).SetMantExp(x, -k)
	sum, term := bigOf(1), bigOf(1)
	for i := 1; i < 20; i++ {
		term.Mul(term, y)
		term.Quo(term, bigOf(float64(i)))
		sum.Add(sum, term)
	}
	for range k {
		sum.Mul(sum, sum)
	}
	return sum
}

func bigExp(x float64) *big.Float { return bigExpOf(bigOf(x)) }

func bigLog(x float64) *big.Float { return bigLogOf(bigOf(x)) }

// bigLogOf is one step of Newton's method from math.Log: log x = y + log(x·e^-y), whose argument is almost 1.
func bigLogOf(x *big.Float) *big.Float {
	e := x.MantExp(nil)
	m, _ := bigOf(0).SetMantExp(x, -e).Float64() // math.Log is wrong for denormals on amd64
	y := math.Log(m) + float64(e)*math.Ln2
	d := bigExp(-y)
	d.Mul(d, x)
	d.Sub(d, bigOf(1))
	sq := bigOf(0).Mul(d, d)
	sq.Quo(sq, bigOf(2))
	return d.Sub(d, sq).Add(d, bigOf(y))
}

// bigLog1p is log(1+x): by its series for small x.
func bigLog1p(x *big.Float) *big.Float {
	if x.MantExp(nil) > -12 {
		return bigLogOf(x.Add(bigOf(0).SetPrec(1200).Set(x), bigOf(1)))
	}
	sum, power := bigOf(0), bigOf(-1)
	for i := 1; i < 15; i++ {
		power.Mul(power, x)
		power.Neg(power)
		sum.Add(sum, bigOf(0).Quo(power, bigOf(float64(i))))
	}
	return sum
}

func bigSigmoid(x float64) *big.Float {
	return bigOf(0).Quo(bigOf(1), bigExp(-x).Add(bigOf(1), bigExp(-x)))
}

func bigSoftplus(x float64) *big.Float { return bigLog1p(bigExp(x)) }

func bigExpm1(x float64) *big.Float {
	if math.Abs(x) > 1e-3 {
		return bigOf(0).Sub(bigExp(x), bigOf(1))
	}
	sum, term := bigOf(0), bigOf(1)
	for i := 1; i < 20; i++ {
		term.Mul(term, bigOf(x))
		term.Quo(term, bigOf(float64(i)))
		sum.Add(sum, term)
	}
	return sum
}

// bigErf sums the series 2/√π·Σ (-1)^i x^(2i+1)/(i!·(2i+1)), with bits to spare for its cancellation.
func bigErf(x float64) *big.Float {
	of := func(x float64) *big.Float { return new(big.Float).SetPrec(500).SetFloat64(x) }
	sum, term, sq := of(0), of(x), of(x)
	sq.Mul(sq, of(x))
	x0 := min(term.MantExp(nil), 0)
	for i := 0; i < 400 && term.MantExp(nil) > x0-bigBits; i++ {
		sum.Add(sum, of(0).Quo(term, of(float64(2*i+1))))
		term.Mul(term, sq)
		term.Quo(term, of(float64(-i-1)))
	}
	root, _, err := big.ParseFloat("1.128379167095512573896158903121545171688101258657997713688171443421284936882986828973487320404214726886056695812723414703379862989652520118668", 10, 500, big.ToNearestEven)
	if err != nil {
		panic(err)
	}
	return sum.Mul(sum, root)
}

// bigSinCos doubles an angle small enough for Taylor's series until it is x.
func bigSinCos(x float64) (sin, cos *big.Float) {
	const spare = 150
	of := func(x float64) *big.Float { return new(big.Float).SetPrec(bigBits + spare).SetFloat64(x) }
	_, e := math.Frexp(x)
	k := max(e+12, 0)
	y := of(0).SetMantExp(of(x), -k)
	s, c, term := of(0), of(1), of(1)
	for i := 1; i < 50; i++ {
		term.Mul(term, y)
		term.Quo(term, of(float64(i)))
		if i%2 == 0 {
			term.Neg(term)
			c.Add(c, term)
			continue
		}
		s.Add(s, term)
	}
	for range k {
		s2 := of(0).Mul(s, s)
		s.Mul(s, c)
		s.Add(s, s)
		c.Mul(c, c)
		c.Sub(c, s2)
	}
	return s, c
}

// nearHalfPi keeps x, or for large x gives a number as near to a multiple of π/2 as there is.
func nearHalfPi(x float64) float64 {
	if math.Abs(x) > 50 {
		return math.Round(1e4*x) * (math.Pi / 2)
	}
	return x
}

// refSigmoid and refSoftplus are good to a unit of float64.
func refSigmoid(x float64) float64 {
	if x < 0 {
		e := refExp(x)
		return e / (1 + e)
	}
	return 1 / (1 + refExp(-x))
}

func refSoftplus(x float64) float64 { return max(x, 0) + math.Log1p(refExp(-math.Abs(x))) }

func bigTanh(x float64) *big.Float {
	if math.Abs(x) < 1e-8 { // x - x³/3, without cancellation
		y := bigOf(x)
		c := bigOf(0).Mul(y, y)
		c.Mul(c, y)
		return y.Sub(y, c.Quo(c, bigOf(3)))
	}
	e := bigExp(2 * x)
	return bigOf(0).Quo(bigOf(0).Sub(e, bigOf(1)), bigOf(0).Add(e, bigOf(1)))
}

// refExp and refLog are math.Exp and math.Log where those are right.
func refExp(x float64) float64 {
	if math.Abs(x) > 700 && math.Abs(x) < 800 {
		y, _ := bigExp(x).Float64()
		return y
	}
	return math.Exp(x)
}

func refLog(x float64) float64 {
	if x > 0 && x < 0x1p-1022 {
		y, _ := bigLog(x).Float64()
		return y
	}
	return math.Log(x)
}

// TestExpLimits: results go through denormals to 0 and only then; overflow starts where it must.
func TestExpLimits(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *Kernels[float32]) {
		x := []float32{88.72283, 88.72284, 89, 1e30, -87.33655, -90, -100, -103.27893, -103.97208, -103.97209, -104, -1e30}
		d := make([]float32, len(x))
		k.Exp(d, x)
		for i := range x {
			if want := math.Exp(float64(x[i])); ulps(d[i], want) > 1 {
				t.Errorf("exp(%v) = %v, want %v", x[i], d[i], float32(want))
			}
		}
	}, func(t *testing.T, k *Kernels[float64]) {
		x := []float64{709.782712893384, 709.7827128933841, 710, 1e300, -708.4, -720, -740, -745.13321910194, -745.1332191019412, -746, -1e300}
		d := make([]float64, len(x))
		k.Exp(d, x)
		for i := range x {
			want, _ := bigExp(x[i]).Float64()
			if ulps(d[i], want) > ulpMath {
				t.Errorf("exp(%v) = %v, want %v", x[i], d[i], want)
			}
		}
	})
}
