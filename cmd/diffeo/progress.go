package main

import (
	"fmt"
	"math"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"diffeo/train"
)

// progress shows how a fit goes on: a bar on a terminal, else a line for every validation, nothing where quiet.
type progress struct {
	*environment
	quiet   bool
	units   units
	bar     *progressbar.ProgressBar
	onTerm  bool
	begun   bool
	drawn   time.Time
	skipped int
}

func newProgress(e *environment, quiet bool, u units) *progress {
	file, ok := e.stderr.(*os.File)
	return &progress{environment: e, quiet: quiet, units: u, onTerm: ok && term.IsTerminal(int(file.Fd()))}
}

// units are those in which a training shows how it goes on.
type units struct {
	logDet float64 // brings log-densities to the data's own units
	dims   int     // values of a picture, which is shown in bits for each of them; 0: rows of a table, in nats
}

// shown is a mean log-density in these units.
func (u units) shown(logProb float64) float64 {
	if u.dims > 0 {
		return -(logProb + u.logDet) / (float64(u.dims) * math.Ln2)
	}
	return logProb + u.logDet
}

// loss is that of minus a mean log-density.
func (u units) loss(x float64) float64 {
	if u.dims > 0 {
		return u.shown(-x)
	}
	return -u.shown(-x)
}

// shownSkips is the number of skipped steps that are worth a line each.
const shownSkips = 3

func (p *progress) step(s train.Progress) {
	if p.quiet {
		return
	}
	if !p.begun && s.Step > 1 {
		p.say("resumed from the checkpoint after step %d\n", s.Step-1)
	}
	p.begun = true
	if s.Skipped != nil {
		if p.skipped++; p.skipped <= shownSkips {
			p.clear()
			p.say("step %d is not finite and was skipped: %s\n", s.Step, s.Skipped.Where)
		}
	}
	text := ""
	if s.Validation == s.Validation { // there was one
		text = fmt.Sprintf("  validation %.4f, best %.4f", p.units.shown(s.Validation), p.units.shown(s.Best))
	}
	text = fmt.Sprintf("loss %.4f%s", p.units.loss(s.Loss), text)
	if !p.onTerm {
		if s.Validated {
			p.say("step %d/%d  %s\n", s.Step, s.Steps, text)
		}
		return
	}
	if time.Since(p.drawn) < 100*time.Millisecond && s.Step < s.Steps {
		return
	}
	p.drawn = time.Now()
	if p.bar == nil {
		p.bar = progressbar.NewOptions(s.Steps, progressbar.OptionSetWriter(p.stderr), progressbar.OptionShowCount(),
			progressbar.OptionShowIts(), progressbar.OptionSetItsString("step"), progressbar.OptionSetWidth(20),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true))
	}
	p.bar.Describe(text)
	_ = p.bar.Set(s.Step)
}

func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

// end leaves an empty line for the results.
func (p *progress) end() { p.clear() }
