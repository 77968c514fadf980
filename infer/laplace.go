package infer

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"diffeo/bijection"
	"diffeo/cpu"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/param"
)

// Laplace is the normal around a mode of a target: its mean is the mode, and its covariance the inverse of the curvature of −log p̃* there. As the last map of
// a flow it brings the scales and correlations of the target, so that the flow has only its shape to learn. The mode is looked for from a
// point by BFGS, the curvature is taken by differences of gradients; where it is not that of a maximum its diagonal is raised until it is.
//
// The target must live on all of ℝ^Dim: see Unconstrained. Errors: those of a bad target; fault.ErrShape for a point of another size; fault.ErrNonFinite
// where the point has no finite density or gradient; fault.ErrData where no mode is found, as with densities that are unbounded or improper.
func Laplace(ctx context.Context, t Target, from []float64) (bijection.GivenAffine, error) {
	e, err := newEvaluator(ctx, t)
	if err != nil {
		return bijection.GivenAffine{}, err
	}
	if len(from) != t.Dim {
		return bijection.GivenAffine{}, fmt.Errorf("%w: a start of %d numbers for a target of %d columns", fault.ErrShape, len(from), t.Dim)
	}
	mode, err := e.climb(from)
	if err != nil {
		return bijection.GivenAffine{}, err
	}
	factor, err := e.spread(mode)
	if err != nil {
		return bijection.GivenAffine{}, err
	}
	return bijection.GivenAffine{Mean: mode, Factor: factor}, nil
}

// Unconstrained is the target of u for x = T(u), with a bijection T without parameters from ℝ^Dim onto the region where the target lives: log p̃*(T(u)) + log |det T′(u)|.
func (t Target) Unconstrained(m bijection.Bijection) (Target, error) {
	bound, err := m.Bind(param.NewRegistry().Scope(), graph.Shape{t.Dim}, nil)
	if err != nil {
		return Target{}, err
	}
	if d := bound.DataShape(); !d.Equal(graph.Shape{t.Dim}) {
		return Target{}, fmt.Errorf("%w: a bijection of %d columns onto %v", fault.ErrShape, t.Dim, d)
	}
	return Target{Dim: t.Dim, Graph: func(b *graph.Builder, u graph.Value) graph.Value {
		x, logDet := bound.Forward(b, u, graph.Value{})
		return graph.Add(t.logDensity(b, x), logDet)
	}}, nil
}

// Onto is the flow followed by further maps, the last of which ends at the data.
func Onto(f flow.Flow, maps ...bijection.Bijection) flow.Flow {
	f.Transform = bijection.Chain{Transforms: append([]bijection.Bijection{f.Transform}, maps...)}
	return f
}

// evaluator computes −log p̃* and its gradient at points in float64.
type evaluator struct {
	ctx     context.Context
	dim     int
	program *cpu.Program[float64]
	args    cpu.Args[float64]
	x       []float64
	value   []float64
	slope   []float64
	err     error // of the last run
}

func newEvaluator(ctx context.Context, t Target) (*evaluator, error) {
	if err := t.checkSelf(); err != nil {
		return nil, err
	}
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		x := b.Input("x", t.Dim)
		l := graph.Neg(t.logDensity(b, x))
		b.Output("value", graph.OnRows(l, 1))
		b.Output("slope", graph.OnRows(graph.Gradient(l, x)[0], 1))
		return nil
	})
	if err != nil {
		return nil, err
	}
	p, err := cpu.Compile[float64](g, cpu.Options{Threads: 1})
	if err != nil {
		return nil, err
	}
	e := &evaluator{ctx: ctx, dim: t.Dim, program: p, args: p.NewArgs(), x: make([]float64, t.Dim), value: make([]float64, 1), slope: make([]float64, t.Dim)}
	e.args.Rows = 1
	for i := range p.Inputs() {
		e.args.In[i] = cpu.Array[float64]{Data: e.x, Stride: t.Dim}
	}
	for i, name := range p.Outputs() {
		e.args.Out[i] = cpu.Array[float64]{Data: e.value, Stride: 1}
		if name == "slope" {
			e.args.Out[i] = cpu.Array[float64]{Data: e.slope, Stride: t.Dim}
		}
	}
	return e, nil
}

// at computes the value and the slope at a point; +Inf and zeros where they are not finite, which makes a search turn back.
func (e *evaluator) at(x []float64) (value float64, slope []float64) {
	copy(e.x, x)
	if err := e.program.Run(e.ctx, &e.args); err != nil {
		e.err = err
	}
	bad := e.err != nil || e.value[0]-e.value[0] != 0
	for _, s := range e.slope {
		bad = bad || s-s != 0
	}
	if bad {
		e.value[0] = math.Inf(1)
		clear(e.slope)
	}
	return e.value[0], e.slope
}

// climb looks for a mode.
func (e *evaluator) climb(from []float64) ([]float64, error) {
	if v, _ := e.at(from); e.err != nil || math.IsInf(v, 1) {
		return nil, e.failed(fmt.Errorf("%w: at the start %v the target has no finite log-density with a finite gradient", fault.ErrNonFinite, from))
	}
	problem := optimize.Problem{
		Func: func(x []float64) float64 { v, _ := e.at(x); return v },
		Grad: func(grad, x []float64) { _, s := e.at(x); copy(grad, s) },
		Status: func() (optimize.Status, error) {
			if e.err != nil {
				return optimize.Failure, e.err
			}
			return optimize.NotTerminated, nil
		},
	}
	r, err := optimize.Minimize(problem, from, &optimize.Settings{GradientThreshold: 1e-8, MajorIterations: 2000}, &optimize.BFGS{})
	if e.err != nil {
		return nil, e.err
	}
	if r == nil {
		return nil, fmt.Errorf("%w: no mode of the target was found from %v: %w", fault.ErrData, from, err)
	}
	best := r.X // where the search ended by the precision of the value is near enough: spread looks at the slope that is left
	if v, _ := e.at(best); math.IsInf(v, 1) {
		return nil, e.failed(fmt.Errorf("%w: the target has no finite log-density at %v, where the search for its mode ended", fault.ErrNonFinite, best))
	}
	return best, nil
}

func (e *evaluator) failed(otherwise error) error {
	if e.err != nil {
		return e.err
	}
	return otherwise
}

// stillRising is gᵀA⁻¹g for the slope g: twice what −log p̃* would fall by on the way to the mode, which is then a tenth of a deviation away.
const stillRising = 0.01

// spread is the lower-triangular L with L·Lᵀ = A⁻¹ for the curvature A of −log p̃* at the mode, row by row.
func (e *evaluator) spread(mode []float64) ([]float64, error) {
	n := e.dim
	a := mat.NewSymDense(n, nil)
	steps := make([]float64, n)
	for i := range steps { // a fourth of a power, for a second derivative of a smooth function
		steps[i] = e.step(mode, i)
	}
	rows := make([][]float64, n)
	for i := range n {
		x := append([]float64(nil), mode...)
		x[i] = mode[i] + steps[i]
		_, up := e.at(x)
		up = append([]float64(nil), up...)
		x[i] = mode[i] - steps[i]
		_, down := e.at(x)
		rows[i] = make([]float64, n)
		for j := range n {
			rows[i][j] = (up[j] - down[j]) / (2 * steps[i])
		}
	}
	if e.err != nil {
		return nil, e.err
	}
	largest := 0.0
	for i := range n {
		for j := range i + 1 {
			a.SetSym(i, j, (rows[i][j]+rows[j][i])/2)
		}
		largest = math.Max(largest, math.Abs(rows[i][i]))
	}
	if !(largest > 0) || math.IsInf(largest, 1) {
		return nil, fmt.Errorf("%w: the target has no curvature at %v, where the search for its mode ended: is it improper?", fault.ErrData, mode)
	}
	var c mat.Cholesky
	for ridge := 0.0; !c.Factorize(a); ridge = math.Max(2*ridge, 1e-10) {
		if ridge > 10 {
			return nil, fmt.Errorf("%w: the target has no maximum at %v, where the search for its mode ended", fault.ErrData, mode)
		}
		for i := range n {
			a.SetSym(i, i, a.At(i, i)+math.Max(ridge, 1e-10)*math.Max(math.Abs(rows[i][i]), 1e-8*largest))
		}
	}
	var step mat.VecDense
	_, slope := e.at(mode)
	if err := c.SolveVecTo(&step, mat.NewVecDense(n, append([]float64(nil), slope...))); err != nil || !(mat.Dot(mat.NewVecDense(n, slope), &step) <= stillRising) {
		return nil, fmt.Errorf("%w: the target still rises at %v, where the search for its mode ended: start nearer to it", fault.ErrData, mode)
	}
	var covariance mat.SymDense
	if err := c.InverseTo(&covariance); err != nil {
		return nil, fmt.Errorf("%w: the curvature of the target at %v cannot be inverted: %w", fault.ErrData, mode, err)
	}
	var root mat.Cholesky
	if !root.Factorize(&covariance) {
		return nil, fmt.Errorf("%w: the curvature of the target at %v has no inverse of positive variances", fault.ErrData, mode)
	}
	var l mat.TriDense
	root.LTo(&l)
	factor := make([]float64, n*n)
	for i := range n {
		for j := range i + 1 {
			factor[i*n+j] = l.At(i, j)
		}
	}
	return factor, nil
}

// step is a distance along a column in which −log p̃* rises by about 10⁻³, so that differences of gradients over it have most of their digits.
func (e *evaluator) step(mode []float64, i int) float64 {
	const rise = 1e-3
	base, _ := e.at(mode)
	x := append([]float64(nil), mode...)
	h := 1e-6 * math.Max(1, math.Abs(mode[i]))
	for range 60 {
		x[i] = mode[i] + h
		v, _ := e.at(x)
		x[i] = mode[i] - h
		w, _ := e.at(x)
		if (v-base)+(w-base) > 2*rise {
			break
		}
		h *= 2
	}
	return h
}
