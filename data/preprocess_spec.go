package data

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"diffeo/fault"
	"diffeo/matrix"
)

// The last part of a column's preprocessing: the scale.
const (
	ScaleStandard = "standardize" // mean 0 and deviation 1
	ScaleRobust   = "robust"      // mean 0 and deviation 1 without the lowest and the highest thousandth of the rows
	ScaleNone     = "none"        // as it is
)

// Spec says how a column is to be preprocessed. Its numbers are complete once FitPreprocessing saw the rows. The zero Spec standardizes.
type Spec struct {
	Steps []Step
	Scale string // "" for ScaleStandard

	anywhere bool // circular: low is still to be chosen
}

// SpecHelp is the grammar of ParseSpec in a line.
const SpecHelp = "standardize, robust, none, log[:offset], logit:low,high, bounded:low,high, integer[:width[,offset]], circular:period[,low], or several joined by +"

// ParseSpec reads a Spec as it stands on a command line: one or several of
//
//	standardize   robust   none   log[:offset]   logit:low,high   bounded:low,high   integer[:width[,offset]]   circular:period[,low]
//
// joined by +, in the order from the data to the flow: "integer+log". Without one of the first three the column is standardized at
// the end. 2pi is a number too, the period of radians. Errors wrap fault.ErrConfig.
func ParseSpec(text string) (Spec, error) {
	var s Spec
	for _, part := range strings.Split(text, "+") {
		name, list, has := strings.Cut(strings.TrimSpace(part), ":")
		var numbers []float64
		if has {
			for _, n := range strings.Split(list, ",") {
				x, err := number(strings.TrimSpace(n))
				if err != nil || !finite(x) {
					return s, fmt.Errorf("%w: %q: %q is not a finite number", fault.ErrConfig, text, n)
				}
				numbers = append(numbers, x)
			}
		}
		if err := s.add(name, numbers); err != nil {
			return s, fmt.Errorf("%w: %q: %s; give %s", fault.ErrConfig, text, err, SpecHelp)
		}
	}
	return s, checkSteps(s.Steps)
}

// add appends one part. Its errors are the middle of ParseSpec's.
func (s *Spec) add(name string, n []float64) error {
	limits, ok := map[string][2]int{
		ScaleStandard: {0, 0}, ScaleRobust: {0, 0}, ScaleNone: {0, 0}, Log: {0, 1}, Logit: {2, 2}, Bounded: {2, 2}, "integer": {0, 2}, Circular: {1, 2},
	}[name]
	switch {
	case !ok:
		return fmt.Errorf("there is no preprocessing %q", name)
	case len(n) < limits[0] || len(n) > limits[1]:
		return fmt.Errorf("%s takes %d to %d numbers, not %d", name, limits[0], limits[1], len(n))
	case s.Scale != "":
		return fmt.Errorf("%s comes after %s, which is the last part", name, s.Scale)
	}
	n = append(n, math.NaN(), math.NaN()) // missing
	step := Step{Kind: name}
	switch name {
	case ScaleStandard, ScaleRobust, ScaleNone:
		s.Scale = name
		return nil
	case Log:
		step.Offset = or(n[0], 0)
	case Logit, Bounded:
		step.Low, step.High = n[0], n[1]
	case "integer":
		step = Step{Kind: Dequantize, Width: or(n[0], 1), Offset: or(n[1], 0)}
	case Circular:
		step.Period, step.Low = n[0], or(n[1], 0)
		s.anywhere = !finite(n[1])
	}
	s.Steps = append(s.Steps, step)
	return nil
}

// radians is how the period of angles in radians is written.
const radians = "2pi"

func number(text string) (float64, error) {
	if text == radians {
		return 2 * math.Pi, nil
	}
	return strconv.ParseFloat(text, 64)
}

func or(x, other float64) float64 {
	if finite(x) {
		return x
	}
	return other
}

// ParseSpecs reads a JSON object from the names of columns to the texts of ParseSpec: {"flux": "log", "angle": "circular:360"}.
// Errors wrap fault.ErrConfig.
func ParseSpecs(source string, text []byte) (map[string]Spec, error) {
	bad := func(err error) error {
		return fmt.Errorf("%w: %s: %w; it has to be an object like {\"flux\": \"log\", \"count\": \"integer\"}", fault.ErrConfig, source, err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, bad(fmt.Errorf("it is not a JSON object"))
	}
	specs := map[string]Spec{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, bad(err)
		}
		name := t.(string) // the decoder lets no other key pass
		if _, twice := specs[name]; twice {
			return nil, bad(fmt.Errorf("the column %q occurs twice", name))
		}
		var value string
		if err := d.Decode(&value); err != nil {
			return nil, bad(fmt.Errorf("column %q: %w", name, err))
		}
		if specs[name], err = ParseSpec(value); err != nil {
			return nil, fmt.Errorf("%s: column %q: %w", source, name, err)
		}
	}
	if _, err := d.Token(); err != nil { // the closing brace
		return nil, bad(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, bad(fmt.Errorf("something follows the object"))
	}
	return specs, nil
}

// String is the text that ParseSpec reads.
func (s Spec) String() string {
	var parts []string
	for _, step := range s.Steps {
		switch step.Kind {
		case Log:
			parts = append(parts, withNumber("log", step.Offset, 0))
		case Logit, Bounded:
			parts = append(parts, fmt.Sprintf("%s:%v,%v", step.Kind, step.Low, step.High))
		case Dequantize:
			text := withNumber("integer", step.Width, 1)
			if step.Offset != 0 {
				text = fmt.Sprintf("integer:%v,%v", step.Width, step.Offset)
			}
			parts = append(parts, text)
		case Circular:
			text := fmt.Sprintf("circular:%v", step.Period)
			if step.Period == 2*math.Pi {
				text = "circular:" + radians
			}
			if !s.anywhere {
				text += fmt.Sprintf(",%v", step.Low)
			}
			parts = append(parts, text)
		}
	}
	if s.Scale != "" || len(parts) == 0 {
		scale := s.Scale
		if scale == "" {
			scale = ScaleStandard
		}
		parts = append(parts, scale)
	}
	return strings.Join(parts, "+")
}

func withNumber(name string, x, usual float64) string {
	if x == usual {
		return name
	}
	return fmt.Sprintf("%s:%v", name, x)
}

// FitPreprocessing completes and measures the preprocessing of a table's columns: the scale of each is that of these rows after its
// steps; a circular column is cut where it has fewest of them.
//
// Errors: *TooFar for a number outside the support of its column's steps, with the column's number as its name; those of
// Standardize; fault.ErrConfig for specs that are none.
func FitPreprocessing(t Table, specs []Spec, noise Noise) (Preprocessing, error) {
	cols := t.Values.Cols
	if len(specs) != cols {
		return Preprocessing{}, fmt.Errorf("%w: preprocessing of %d columns for a table of %d", fault.ErrShape, len(specs), cols)
	}
	p := Preprocessing{}
	after := t
	for col, spec := range specs {
		if err := checkSteps(spec.Steps); err != nil {
			return p, fmt.Errorf("column %d: %w", col, err)
		}
		if len(spec.Steps) == 0 {
			continue
		}
		if p.Steps == nil {
			p.Steps = make([][]Step, cols)
			after.Values = matrix.New[float64](t.Values.Rows, cols)
			for r := range t.Values.Rows {
				copy(after.Values.Row(r), t.Values.Row(r))
			}
		}
		p.Steps[col] = spec.settled(t, col)
		for r := range t.Values.Rows {
			x := t.Values.Row(r)[col]
			y, _, ok := p.value(x, r, col, noise)
			if !ok {
				return p, &TooFar{Row: r, Column: fmt.Sprint(col), X: x, Support: p.Support(col)}
			}
			after.Values.Row(r)[col] = y
		}
	}
	if t.Values.Rows > 0 {
		if err := refuseConstant(t, p); err != nil { // before its noise gives it a spread
			return p, err
		}
	}
	var err error
	if p.Scale, err = Standardize(after); err != nil {
		return p, err
	}
	for col, spec := range specs {
		switch spec.Scale {
		case "", ScaleStandard:
		case ScaleNone:
			p.Scale.Mean[col], p.Scale.Std[col] = 0, 1
		case ScaleRobust:
			if mean, deviation := trimmedMoments(sortedSample(after.Values, col)); deviation > 0 {
				p.Scale.Mean[col], p.Scale.Std[col] = mean, deviation
			}
		default:
			return p, fmt.Errorf("%w: column %d: there is no scale %q", fault.ErrConfig, col, spec.Scale)
		}
	}
	return p, nil
}

// normalQuartiles is the distance between the quartiles of a standard normal.
const normalQuartiles = 1.3489795003921634

// refuseConstant is Standardize's error for constant columns that are dequantized.
func refuseConstant(t Table, p Preprocessing) error {
	columns, _ := p.Cells()
	for _, col := range columns {
		first, same := t.Values.Row(0)[col], true
		for r := range t.Values.Rows {
			same = same && t.Values.Row(r)[col] == first
		}
		if same {
			return constantError(t, col, first)
		}
	}
	return nil
}
