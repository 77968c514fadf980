package check

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Verdict is the outcome of a check.
type Verdict string

// The verdicts. Inconclusive is no complaint: the question was not asked, or its answer is too uncertain to tell.
const (
	Pass         Verdict = "pass"
	Warn         Verdict = "warn"
	Fail         Verdict = "fail"
	Inconclusive Verdict = "inconclusive"
)

// The names of the checks.
const (
	RoundTripData = "round trip x→u→x"
	RoundTripBase = "round trip u→x→u"
	LogDetInverse = "log-det of x→u"
	LogDetForward = "log-det of u→x"
	LogDetPair    = "log-dets of both ways" // of pictures
	Bits          = "bits per dimension"    // of pictures
	Preprocessing = "preprocessing"
	Finite        = "finite scores"
	Integral      = "integral"
	PIT           = "PIT"

	RankHistograms = "ranks"
	Coverage       = "coverage"
	Columns        = "columns"
	C2ST           = "C2ST"
	Energy         = "energy distance"
	Tails          = "tails"
)

// Result is the outcome of one check.
type Result struct {
	Name    string
	Verdict Verdict
	Value   float64 // what was measured; NaN where nothing was
	Bound   float64 // what it is compared with, see Limit; NaN where there is none
	Unit    string  // of both: "nats", "relative", "share"; may be empty
	Count   int     // the rows, draws or points it was measured at
	Text    string  // what this means, in a sentence
}

// Limit says what the value has to be: at most or at least the bound, or within it of 1. It is empty where there is no bound.
func (r Result) Limit() string {
	switch {
	case math.IsNaN(r.Bound):
		return ""
	case r.Name == Finite:
		return fmt.Sprintf("≥ %.4g %%", 100*r.Bound)
	case r.Name == Integral:
		return fmt.Sprintf("1 ± %.2g", r.Bound)
	}
	return fmt.Sprintf("≤ %.2g", r.Bound)
}

// Measured is the value with its unit; empty where nothing was measured.
func (r Result) Measured() string {
	digits := 2
	switch {
	case math.IsNaN(r.Value):
		return ""
	case r.Name == Finite:
		return fmt.Sprintf("%.5g %%", 100*r.Value)
	case r.Name == Integral:
		digits = 5
	case r.Name == Bits:
		digits = 4
	}
	return strings.TrimSpace(strconv.FormatFloat(r.Value, 'g', digits, 64) + " " + r.Unit)
}

// none is the result of a check that was not made.
func none(name, format string, args ...any) Result {
	return Result{Name: name, Verdict: Inconclusive, Value: nan, Bound: nan, Text: fmt.Sprintf(format, args...)}
}

// Report is the outcome of all checks, in the order in which they were made.
type Report struct {
	Results []Result
	Ranks   Ranks  // of the table's rows, for pictures; empty where they were not asked for
	Tails   []Tail // of the table's columns, for every column those of 0.1, 1, 99 and 99.9 %

	Latents []Latents // of pictures, the coarsest scale first
}

// Verdict is the gravest of the results: Fail, else Warn, else Pass where any check passed, else Inconclusive.
func (r Report) Verdict() Verdict {
	for _, v := range []Verdict{Fail, Warn, Pass} {
		if len(r.of(v)) > 0 {
			return v
		}
	}
	return Inconclusive
}

// Result returns the result of that name; the second value tells whether there is one.
func (r Report) Result(name string) (Result, bool) {
	for _, x := range r.Results {
		if x.Name == name {
			return x, true
		}
	}
	return Result{}, false
}

// of lists the names of the checks that have a verdict.
func (r Report) of(v Verdict) []string {
	var names []string
	for _, x := range r.Results {
		if x.Verdict == v {
			names = append(names, x.Name)
		}
	}
	return names
}

// Failed lists the names of the checks that failed.
func (r Report) Failed() []string { return r.of(Fail) }

// Line is the report in one line: the verdict, what was measured, and what anything but a pass means.
func (r Report) Line() string {
	var numbers, complaints []string
	for _, x := range r.Results {
		if x.Measured() != "" {
			numbers = append(numbers, x.Name+" "+x.Measured())
		}
		if x.Verdict == Warn || x.Verdict == Fail {
			complaints = append(complaints, x.Name+": "+x.Text)
		}
	}
	line := string(r.Verdict()) + " (" + strings.Join(numbers, "; ") + ")"
	if len(complaints) > 0 {
		line += "; " + strings.Join(complaints, "; ")
	}
	return line
}
