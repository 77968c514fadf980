package check

import (
	"context"
	"fmt"
	"math"

	"diffeo"
	"diffeo/bijection"
	"diffeo/data"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/matrix"
	"diffeo/param"
)

// Estimate is a sum over cells with its uncertainty: what halving the cells' sides changed.
type Estimate struct{ Value, Uncertain float64 }

// Pair is one divergence, once between densities of the data and once between densities of the base.
type Pair struct{ Data, Base Estimate }

// Agree says whether both are the same within their uncertainties.
func (p Pair) Agree() bool {
	return math.Abs(p.Data.Value-p.Base.Value) <= 4*p.Data.Uncertain+4*p.Base.Uncertain+agreement
}

// agreement is what two estimates may differ by beyond their uncertainties, in nats: kinks of networks, which differences and cells do not see.
const agreement = 2e-3

// Dual is the duality of a flow x = T(u) and a target p* (Papamakarios et al., arXiv 1912.02762, section 2.3.3): with p*_u the target pulled back through T,
//
//	KL(p*_x‖p_x) = KL(p*_u‖p_u),  KL(p_x‖p*_x) = KL(p_u‖p*_u)
//
// The first pair is what maximum likelihood minimizes, the second what variational inference does.
type Dual struct {
	Forward, Reverse Pair
	Mass             float64 // of p*_u within six deviations of the base, which is the region of all four
}

// DualOptions of Duality. The zero value is a good choice.
type DualOptions struct {
	Draws   int    // that say where the densities lie; 0: 5000
	Side    int    // cells along each side of a quadrature, even; 0: 300
	Seed    uint64 // of the draws
	Threads int    // as in diffeo.Options
}

// Duality estimates both pairs for a flow of two columns on a standard normal base, in float64, by sums over cells, within six deviations of the base along each column. At the data they take the flow's log-density. At the base they do
// without its log-determinant: p*_u(u) = p*(T(u))·|det J_T(u)| with the Jacobian of T by differences. So a log-determinant that is wrong, even in both directions
// consistently, makes the two sides differ.
//
// Errors: fault.ErrConfig for options out of their domain, fault.ErrShape for a flow that is not of two columns, fault.ErrContext for one with a condition.
func Duality(ctx context.Context, f flow.Flow, params *param.Set, target data.Toy, o DualOptions) (Dual, error) {
	if o.Draws == 0 {
		o.Draws = 5000
	}
	if o.Side == 0 {
		o.Side = 300
	}
	switch {
	case o.Draws < 2 || o.Side < 8 || o.Side%2 != 0:
		return Dual{}, fmt.Errorf("%w: %d draws and %d cells along a side; it takes two draws, and an even number of cells from 8 on", fault.ErrConfig, o.Draws, o.Side)
	case f.Context != 0:
		return Dual{}, fmt.Errorf("%w: a target without a condition, and a flow with %d columns of one", fault.ErrContext, f.Context)
	}
	c, err := diffeo.Compile[float64](f, params, diffeo.Options{Threads: o.Threads})
	if err != nil {
		return Dual{}, err
	}
	if c.Dim() != 2 {
		return Dual{}, fmt.Errorf("%w: a target of two columns, and a flow of %d", fault.ErrShape, c.Dim())
	}
	base, err := diffeo.Compile[float64](flow.Flow{Base: f.Base, Transform: bijection.Chain{}}, params, diffeo.Options{Threads: o.Threads})
	if err != nil {
		return Dual{}, err
	}
	d := duality{ctx, &typed[float64]{c, base}, target}
	b, err := d.points(o)
	if err != nil {
		return Dual{}, err
	}
	var dual Dual
	if err := d.atData(&dual, b, o.Side); err != nil {
		return Dual{}, err
	}
	err = d.atBase(&dual, o.Side)
	return dual, err
}

type duality struct {
	ctx    context.Context
	flow   *typed[float64]
	target data.Toy
}

// box is where both densities of the base lie.
type box struct{ low, high [2]float64 }

func (b *box) take(u []float64) {
	for k, v := range u {
		b.low[k], b.high[k] = math.Min(b.low[k], v), math.Max(b.high[k], v)
	}
}

// within is the square of the base that both sides are taken over: of a standard normal 4·10⁻⁹ lie outside, and where an affine map draws rare points of the
// target far out they would be all of a divergence. The dualities hold over any region.
const within = 6

// points is a box around what the target has, and around what the flow makes of the square.
func (d duality) points(o DualOptions) (b box, err error) {
	b = box{d.target.Low, d.target.High}
	u, x, none := matrix.New[float64](o.Draws, 2), matrix.New[float64](o.Draws, 2), rows64{}
	if err := d.flow.drawBase(d.ctx, diffeo.Draw{Seed: o.Seed}, none, u); err != nil {
		return b, err
	}
	const far, around = 5.5, 64 // a circle beyond the draws: tails count in a divergence with their distance squared
	for i := range min(around, o.Draws) {
		u.Row(i)[1], u.Row(i)[0] = math.Sincos(2 * math.Pi * float64(i) / around)
		u.Row(i)[0], u.Row(i)[1] = far*u.Row(i)[0], far*u.Row(i)[1]
	}
	if err := d.flow.forward(d.ctx, u, none, x, make([]float64, o.Draws)); err != nil {
		return b, err
	}
	for i := range x.Rows {
		b.take(x.Row(i))
	}
	b.widen()
	return b, nil
}

// widen makes room beyond the draws.
func (b *box) widen() {
	for k := range 2 {
		margin := 0.1 * (b.high[k] - b.low[k])
		b.low[k], b.high[k] = b.low[k]-margin, b.high[k]+margin
	}
}

// cells are the sides of a cell and its area.
func (b box) cells(side int) (step [2]float64, area float64) {
	step = [2]float64{(b.high[0] - b.low[0]) / float64(side), (b.high[1] - b.low[1]) / float64(side)}
	return step, step[0] * step[1]
}

// atData sums over cells at the data, with the flow's own log-densities.
func (d duality) atData(dual *Dual, b box, side int) error {
	fine, err := d.dataSums(b, side)
	if err != nil {
		return err
	}
	coarse, err := d.dataSums(b, side/2)
	if err != nil {
		return err
	}
	dual.Forward.Data = Estimate{fine[0], math.Abs(fine[0] - coarse[0])}
	dual.Reverse.Data = Estimate{fine[1], math.Abs(fine[1] - coarse[1])}
	return nil
}

// dataSums are ∫ p* log(p*/p) and ∫ p log(p/p*) over the middles of cells that come from the square.
func (d duality) dataSums(b box, side int) (kl [2]float64, err error) {
	step, cell := b.cells(side)
	x, u, logs, scratch := matrix.New[float64](side, 2), matrix.New[float64](side, 2), make([]float64, side), make([]float64, side)
	for i := range side {
		for j := range side {
			x.Row(j)[0], x.Row(j)[1] = b.low[0]+(float64(i)+0.5)*step[0], b.low[1]+(float64(j)+0.5)*step[1]
		}
		if err := d.flow.logProb(d.ctx, x, rows64{}, logs); err != nil {
			return kl, err
		}
		if err := d.flow.inverse(d.ctx, x, rows64{}, u, scratch); err != nil { // its log-determinant is not looked at
			return kl, err
		}
		for j, l := range logs {
			if !(math.Abs(u.Row(j)[0]) <= within && math.Abs(u.Row(j)[1]) <= within) {
				continue
			}
			logTarget := d.target.LogDensity([2]float64(x.Row(j)))
			if p := math.Exp(logTarget); p > 0 {
				kl[0] += cell * p * (logTarget - l)
			}
			if p := math.Exp(l); p > 0 {
				kl[1] += cell * p * (l - logTarget)
			}
		}
	}
	return kl, nil
}

// atBase sums over the cells of the square, and over cells of twice the side.
func (d duality) atBase(dual *Dual, side int) error {
	square := box{[2]float64{-within, -within}, [2]float64{within, within}}
	fine, mass, err := d.sums(square, side)
	if err != nil {
		return err
	}
	coarse, _, err := d.sums(square, side/2)
	if err != nil {
		return err
	}
	dual.Forward.Base = Estimate{fine[0], math.Abs(fine[0] - coarse[0])}
	dual.Reverse.Base = Estimate{fine[1], math.Abs(fine[1] - coarse[1])}
	dual.Mass = mass
	return nil
}

// sums are ∫ p*_u log(p*_u/p_u) and ∫ p_u log(p_u/p*_u) over the middles of cells, and ∫ p*_u.
func (d duality) sums(b box, side int) (kl [2]float64, mass float64, err error) {
	step, cell := b.cells(side)
	const h = 1e-5
	around := [][2]float64{{0, 0}, {-h, 0}, {h, 0}, {0, -h}, {0, h}}
	u, x := matrix.New[float64](side*len(around), 2), matrix.New[float64](side*len(around), 2)
	middles, logBase, scratch := matrix.New[float64](side, 2), make([]float64, side), make([]float64, side*len(around))
	for i := range side {
		for j := range side {
			at := [2]float64{b.low[0] + (float64(i)+0.5)*step[0], b.low[1] + (float64(j)+0.5)*step[1]}
			copy(middles.Row(j), at[:])
			for k, by := range around {
				u.Row(j*len(around) + k)[0], u.Row(j*len(around) + k)[1] = at[0]+by[0], at[1]+by[1]
			}
		}
		if err := d.flow.baseLogProb(d.ctx, middles, rows64{}, logBase); err != nil {
			return kl, mass, err
		}
		if err := d.flow.forward(d.ctx, u, rows64{}, x, scratch); err != nil { // its log-determinant is not looked at
			return kl, mass, err
		}
		for j := range side {
			y := x.Slice(j*len(around), (j+1)*len(around))
			a, c := (y.Row(2)[0]-y.Row(1)[0])/(2*h), (y.Row(2)[1]-y.Row(1)[1])/(2*h)
			e, g := (y.Row(4)[0]-y.Row(3)[0])/(2*h), (y.Row(4)[1]-y.Row(3)[1])/(2*h)
			logTarget := d.target.LogDensity([2]float64(y.Row(0))) + math.Log(math.Abs(a*g-c*e))
			if p := math.Exp(logTarget); p > 0 {
				kl[0] += cell * p * (logTarget - logBase[j])
				mass += cell * p
			}
			if p := math.Exp(logBase[j]); p > 0 {
				kl[1] += cell * p * (logBase[j] - logTarget)
			}
		}
	}
	return kl, mass, nil
}
