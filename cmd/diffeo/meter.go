package main

import (
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"diffeo/data"
)

// meter shows how a pass over a table goes on, with the time that is left: a bar on a terminal, else a line now and then.
type meter struct {
	*environment
	what   string
	quiet  bool
	onTerm bool
	bar    *progressbar.ProgressBar
	start  time.Time
	shown  time.Time
}

// meterEvery is the time between the lines of a meter that is not on a terminal; a pass that is shorter has none.
const meterEvery = 10 * time.Second

func newMeter(e *environment, quiet bool, what string) *meter {
	file, ok := e.stderr.(*os.File)
	now := time.Now()
	return &meter{environment: e, what: what, quiet: quiet, onTerm: ok && term.IsTerminal(int(file.Fd())), start: now, shown: now}
}

// at is called between batches.
func (m *meter) at(r data.Reader, rows int) {
	m.show(rows, func() (float64, bool) { return data.Share(r) })
}

// show is at for work whose share is known otherwise.
func (m *meter) show(rows int, done func() (share float64, known bool)) {
	every := meterEvery
	if m.onTerm {
		every = 100 * time.Millisecond
	}
	if m.quiet || time.Since(m.shown) < every {
		return
	}
	m.shown = time.Now()
	share, known := done()
	if !m.onTerm {
		m.say("%s\n", progressLine(m.what, rows, share, known, time.Since(m.start)))
		return
	}
	const steps = 1000
	if m.bar == nil {
		most := steps
		if !known {
			most = -1
		}
		m.bar = progressbar.NewOptions(most, progressbar.OptionSetWriter(m.stderr), progressbar.OptionSetWidth(20),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true))
	}
	m.bar.Describe(fmt.Sprintf("%s: %d rows", m.what, rows))
	if known {
		_ = m.bar.Set(int(share * steps))
	} else {
		_ = m.bar.Add(1)
	}
}

// progressLine says in words what the bar would show.
func progressLine(what string, rows int, share float64, known bool, spent time.Duration) string {
	if !known || share == 0 {
		return fmt.Sprintf("%s: %d rows", what, rows)
	}
	left := time.Duration(float64(spent) * (1 - share) / share).Round(time.Second)
	return fmt.Sprintf("%s: %d rows, %.0f %%, about %s left", what, rows, 100*share, left)
}

// end leaves an empty line for the results.
func (m *meter) end() {
	if m.bar != nil {
		_ = m.bar.Clear()
	}
}
