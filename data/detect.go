package data

import (
	"fmt"
	"math"
)

// Proposal is what Detect found about a column.
type Proposal struct {
	Column   string
	Spec     Spec
	Why      string   // the evidence for Spec; "" where it is the usual standardization, or was given
	Given    bool     // the Spec was given, not found
	Warnings []string // what a likelihood of this column would not mean
	Turn     string   // without Circles: why the column looks like angles that are cut; "": it does not
}

// Detection is the options of Detect. The zero value detects everything.
type Detection struct {
	Given      map[string]Spec // columns that are decided already
	AllowAtoms bool            // do not warn of repeated values
	Context    bool            // the columns are conditioned on: they need no density
	Circles    bool            // numbers that go round a circle in degrees or radians are angles
	Rows       []int           // the row of the file that each row was, from 0, for messages; nil: its own

	// Sample says that there are more rows than these, and that nobody will look whether they lie on a grid: then none is proposed but that of the
	// whole numbers.
	Sample bool
}

// fewRows is the number of rows below which nothing is concluded from values.
const fewRows = 50

// Detect looks at the training rows and proposes a preprocessing for every column. It is cautious: what is not plain to see stays
// standardized.
//
//	integer    all numbers are whole, or lie on another grid offset + k·width (such as half-integers), and there are few different
//	           ones: a density over them has no upper bound, so that they are dequantized. Multiples of 0.1, 0.01, … may be
//	           rounded; that is only warned of
//	log        all are above 0, over a wide range, and far closer to a log-normal than to a normal distribution
//	logit      all are strictly inside (0, 1), (−1, 1) or (0, 100), and many are close to each end
//	robust     few rows are so far out that a standard deviation would say nothing about the others
//	circular   with Circles: all lie on a circle in degrees or radians and leave no quarter of it empty; they are left in radians, unscaled
//
// Warnings name atoms: values that many rows share in a column that is otherwise continuous. A context is looked at for log and
// robust only.
//
// Errors wrap fault.ErrData and name the column, the evidence and the remedy: a constant column; a column that is a linear function of
// others, exactly or nearly; a number so far out (1e30 among ones) that the others could not be told apart in float32.
func Detect(t Table, o Detection) ([]Proposal, error) {
	if t.Values.Rows == 0 {
		return nil, problemf(t.source(), "there are no rows to look at")
	}
	list := make([]Proposal, t.Values.Cols)
	for col := range list {
		f := look(t, col)
		if f.low == f.high {
			return nil, constantError(t, col, f.low)
		}
		p := Proposal{Column: t.name(col)}
		if spec, ok := o.Given[p.Column]; ok {
			p.Spec, p.Given = spec, true
		} else if f.rows >= fewRows {
			p.Spec, p.Why = f.propose(o)
			if p.Spec.dequantized() && (!f.whole || p.Spec.Steps[0].Width != 1) {
				p.Moderate(t, col) // the grid is the sample's
			}
		}
		if !o.Circles && !p.Given && f.rows >= fewRows {
			p.Turn = f.cut()
		}
		if err := f.tooFar(t, col, &p, o.Rows); err != nil {
			return nil, err
		}
		if !o.AllowAtoms && !o.Context && !p.Spec.dequantized() && f.rows >= fewRows {
			p.Warnings = f.atoms()
		}
		list[col] = p
	}
	if o.Context {
		return list, nil
	}
	return list, dependent(t, list)
}

func (s Spec) dequantized() bool { return len(s.Steps) > 0 && s.Steps[0].Kind == Dequantize }

// Moderate takes a proposal back where rows that were not looked at are outside the support that it would give the column: what was
// given stays. It returns the value that decided, and whether there was one.
func (p *Proposal) Moderate(t Table, col int) (x float64, withdrawn bool) {
	if p.Given || len(p.Spec.Steps) == 0 {
		return 0, false
	}
	one := Preprocessing{Steps: make([][]Step, col+1)}
	one.Steps[col] = p.Spec.Steps
	for r := range t.Values.Rows {
		x := t.Values.Row(r)[col]
		if _, _, ok := one.value(x, r, col, nil); !ok || p.Spec.beyond(x) {
			p.Spec, p.Why = Spec{}, ""
			return x, true
		}
	}
	return 0, false
}

// propose is the evidence's verdict.
func (f *findings) propose(o Detection) (Spec, string) {
	var s Spec
	why, context := "", o.Context
	if o.Circles && !context {
		if s, why, ok := f.angle(o.Sample); ok {
			return s, why
		}
	}
	if grid, ok := f.discrete(o.Sample); ok && !context {
		s.Steps = append(s.Steps, grid)
		why = fmt.Sprintf("%s, %s different ones", describeGrid(grid), f.atLeast())
	}
	if gain := f.logGain(); gain > enoughForLog {
		s.Steps = append(s.Steps, Step{Kind: Log})
		return s, join(why, fmt.Sprintf("above 0, from %.3g to %.3g, and closer to log-normal than to normal by %.1f nats a row", f.low, f.high, gain))
	}
	if ends, share := f.bounded(); len(s.Steps) == 0 && !context && ends[0] < ends[1] {
		s.Steps = append(s.Steps, Step{Kind: Logit, Low: ends[0], High: ends[1]})
		return s, fmt.Sprintf("strictly between %v and %v, with %.0f %% of the rows close to the ends", ends[0], ends[1], 100*share)
	}
	if ratio := f.outlying(); ratio > farOut && f.swollen() > decided {
		s.Scale = ScaleRobust
		return s, join(why, fmt.Sprintf("few rows are very far out: the deviation is %.3g times that of the middle half", ratio))
	}
	return s, why
}

// discrete is the grid that a column is to be dequantized on.
func (f *findings) discrete(sample bool) (s Step, ok bool) {
	if f.whole {
		return Step{Kind: Dequantize, Width: 1}, f.distinct <= len(f.sorted)/2 && math.Max(-f.low, f.high) < 1<<30
	}
	if sample {
		return s, false
	}
	return f.lattice()
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// farOut is the ratio of a column's deviation to that of a normal distribution with its quartiles from which on its scale is
// looked at. A Laplace distribution has 1.4, a log-normal with σ = 1 2.2, a Student's t with 3 degrees 1.5.
const farOut = 10

// decided is the factor by which a thousandth of the rows at either end has to raise the deviation before the others set the scale. Below it
// the far rows are a part of the distribution's shape, and a spline has to reach them.
const decided = 4

// hopeless is the ratio at which float32, with 24 bits, could no longer tell the rows in the middle apart if the far ones are to be finite
// in the networks.
const hopeless = 1e6

// tooFar reports a column with numbers too far out to be computed with.
func (f *findings) tooFar(t Table, col int, p *Proposal, rows []int) error {
	ratio := f.outlying()
	for _, s := range p.Spec.Steps {
		if s.Kind != Dequantize {
			ratio = 1 // these bring far rows near
		}
	}
	if !(ratio > hopeless) || p.Given && p.Spec.Scale == ScaleNone {
		return nil
	}
	q := len(f.sorted) / 4
	low, high := f.sorted[q], f.sorted[3*q]
	x, worst := 0.0, 0
	for r := range t.Values.Rows {
		if v := t.Values.Row(r)[col]; math.Abs(v) > math.Abs(x) {
			x, worst = v, r
		}
	}
	if rows != nil {
		worst = rows[worst]
	}
	remedy := ""
	if f.low > 0 {
		remedy = fmt.Sprintf(", or take a log (--column %s=log) if they really span such a range", p.Column)
	}
	return problemf(t.source(), "row %d, column %q: %v is so far from the others, half of which lie between %.6g and %.6g, that they cannot be told apart beside it; correct or drop such rows%s",
		worst+1, p.Column, x, low, high, remedy)
}
