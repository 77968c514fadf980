package main

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"diffeo/check"
	"diffeo/model"
	"diffeo/train"
)

// summary is what fit prints: log-densities in nats a row, in the data's own units but for the last. One that is not finite is null.
type summary struct {
	Rows         int      `json:"rows"`
	Steps        int      `json:"steps"`
	Seconds      float64  `json:"seconds"`
	Ended        string   `json:"ended,omitempty"`
	Skipped      int      `json:"skipped_steps,omitempty"`
	Dropped      int      `json:"dropped_rows,omitempty"`
	Val          *float64 `json:"val_log_prob"`
	Test         *float64 `json:"test_log_prob"`
	TwoSE        *float64 `json:"test_log_prob_2se"`
	Standardized *float64 `json:"test_log_prob_standardized"` // of tables

	ValBits  *float64 `json:"val_bits_per_dim,omitempty"` // of pictures
	TestBits *float64 `json:"test_bits_per_dim,omitempty"`

	Check check.Verdict `json:"check,omitempty"` // of the brief check at test rows; pictures have none

	notFinite int // test rows with log-density −∞
}

func (f *fit) report(m *model.Model, s summary, r train.Result, checked string) error {
	if f.json {
		if s.Check == check.Fail {
			f.say("warning: check: %s\n", checked)
		}
		return f.printJSON(s)
	}
	var b strings.Builder
	line := func(what, format string, args ...any) {
		fmt.Fprintf(&b, "%-12s"+format+"\n", append([]any{what}, args...)...)
	}
	ended := ""
	if r.Resumed > 0 {
		ended = fmt.Sprintf(" after step %d", r.Resumed)
	}
	switch {
	case r.Early:
		ended += ", stopped early"
	case r.TimedOut:
		ended += fmt.Sprintf(", stopped by the time limit before step %d", r.Planned)
	}
	line("trained", "%d %s, %d steps in %.1f s%s; best at step %d", s.Rows, map[bool]string{true: "pictures", false: "rows"}[m.Image != nil], s.Steps, s.Seconds, ended, r.BestStep)
	line("settings", "%s", settings(m.Training))
	noiseLine(m, line)
	if r.TimedOut && f.train.Checkpoint.File != "" {
		line("checkpoint", "%s; the same command with --resume goes on", f.train.Checkpoint.File)
	}
	if r.Dropped > 0 {
		line("left out", "%d times a row, because the step would not have been finite with it; the first was %s", r.Dropped, r.DroppedAt)
	}
	if r.Floored > 0 {
		line("", "%d of %d validation rows have a density so low that they count with a floor; without it the mean would be lower, or not finite",
			r.Floored, m.Training.ValidationRows)
	}
	if r.Skipped > 0 {
		line("skipped", "%d steps whose loss or gradient was not finite; the first, step %d: %s", r.Skipped, r.Skips[0].Step, r.Skips[0].Where)
	}
	if m.Image != nil {
		pictureLikelihood(m, line)
	} else {
		line("validation", "%s nats a row", nats(s.Val))
		line("test", "%s ± %s nats a row (2 standard errors); standardized %s", nats(s.Test), nats(s.TwoSE), nats(s.Standardized))
	}
	if s.notFinite > 0 {
		line("", "%d test rows have density 0 and are left out of the mean", s.notFinite)
	}
	if checked != "" {
		line("check", "%s", checked)
	}
	if f.out != "" {
		line("model", "%s", f.out)
	} else {
		line("model", "not written: give --out FILE to keep it")
	}
	return f.print(b.String())
}

// noiseLine tells of noise that was learned.
func noiseLine(m *model.Model, line func(what, format string, args ...any)) {
	if m.Noise != nil {
		line("noise", "learned, %d transforms with networks of %v: %d of the weights", m.Noise.Transforms, m.Noise.Hidden, noiseWeights(m.Params))
	}
}

// pictureLikelihood writes the lines about the likelihood of a model of pictures.
func pictureLikelihood(m *model.Model, line func(what, format string, args ...any)) {
	t := m.Training
	line("validation", "%s bits per dimension (%s nats a picture)", nats(bitsPerDim(m, t.ValLogProb)), nats(t.ValLogProb))
	line("test", "%s bits per dimension (%s ± %s nats a picture, 2 standard errors)", nats(bitsPerDim(m, t.TestLogProb)), nats(t.TestLogProb), nats(t.TestLogProb2SE))
}

// bitsPerDim is that of a mean log-density of pictures; nil for nil.
func bitsPerDim(m *model.Model, logProb *float64) *float64 {
	if logProb == nil {
		return nil
	}
	return number(m.Image.BitsPerDim(*logProb))
}

func (e *environment) printJSON(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return e.print(string(b) + "\n")
}

// number is a number for JSON, which has none that are not finite.
func number(x float64) *float64 {
	if x-x != 0 {
		return nil
	}
	return &x
}

func nats(x *float64) string {
	if x == nil {
		return "(none)"
	}
	return fmt.Sprintf("%.4f", *x)
}

// tally adds log-densities up to a mean and its standard error (Welford, 1962). Rows of density 0 are counted apart.
type tally struct {
	n        int
	mean, m2 float64
	infinite int
}

func (t *tally) add(logProbs []float64) {
	for _, x := range logProbs {
		if x-x != 0 {
			t.infinite++
			continue
		}
		t.n++
		d := x - t.mean
		t.mean += d / float64(t.n)
		t.m2 += d * (x - t.mean)
	}
}

// average is the mean of the rows with a density above 0; NaN without any.
func (t *tally) average() float64 {
	if t.n == 0 {
		return math.NaN()
	}
	return t.mean
}

// twoSE is twice the standard error of the mean; NaN for less than two rows.
func (t *tally) twoSE() float64 {
	if t.n < 2 {
		return math.NaN()
	}
	return 2 * math.Sqrt(t.m2/float64(t.n-1)/float64(t.n))
}
