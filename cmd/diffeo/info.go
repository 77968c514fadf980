package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"diffeo/model"
)

func newInfo(e *environment) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "info MODEL",
		Short: "describe a model",
		Long:  "Describe a model: its recipe, columns, preprocessing, and how it was trained. The file's checksum and contents are checked.",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			m, err := model.Load(args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return e.printJSON(describe(m))
			}
			return e.print(describeText(m))
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	return c
}

type description struct {
	Recipe     string          `json:"recipe"`
	Config     json.RawMessage `json:"config"`
	Precision  string          `json:"precision"`
	Parameters int             `json:"parameters"`
	Columns    []model.Column  `json:"columns"`
	Context    []model.Column  `json:"context"`
	Image      *model.Image    `json:"image,omitempty"` // says what the columns and the context are, which are left out then
	Noise      *model.Noise    `json:"noise,omitempty"`
	Seed       uint64          `json:"seed"`
	Training   model.Training  `json:"training"`
}

func describe(m *model.Model) description {
	d := description{m.Recipe, m.Config, m.Precision, m.Params.Count(), m.Columns, append([]model.Column{}, m.Context...), m.Image, m.Noise, m.Seed, m.Training}
	if m.Image != nil {
		d.Columns, d.Context = []model.Column{}, []model.Column{}
	}
	return d
}

func describeText(m *model.Model) string {
	var b strings.Builder
	line := func(what, format string, args ...any) {
		fmt.Fprintf(&b, "%-12s"+format+"\n", append([]any{what}, args...)...)
	}
	line("recipe", "%s %s", m.Recipe, m.Config)
	line("parameters", "%d, %s", m.Params.Count(), m.Precision)
	noiseLine(m, line)
	d := describe(m)
	if p := m.Image; p != nil {
		resized := ""
		if p.Resized {
			resized = ", resized to this size"
		}
		line("pictures", "%v (channels, height, width) of %d levels%s", p.Format(), p.Levels, resized)
		if n := len(p.Classes); n > 0 {
			line("classes", "%d: %s", n, fewNames(p.Classes))
		}
	}
	for i, list := range [][]model.Column{d.Columns, d.Context} {
		for k, c := range list {
			what := ""
			if k == 0 {
				what = [2]string{"columns", "context"}[i]
			}
			line(what, "%v", c)
		}
	}
	t := m.Training
	line("seed", "%d", m.Seed)
	end := ""
	if t.Ended != "" {
		end = ", ended by " + t.Ended
	}
	line("training", "%d of %d steps%s; best at step %d, %d skipped, %d times a row left out", t.Steps, t.PlannedSteps, end, t.BestStep, t.SkippedSteps, t.DroppedRows)
	line("settings", "%s", settings(t))
	line("rows", "%d training, %d validation, %d test", t.TrainRows, t.ValidationRows, t.TestRows)
	if m.Image != nil {
		pictureLikelihood(m, line)
	} else {
		line("validation", "%s nats a row", nats(t.ValLogProb))
		line("test", "%s ± %s nats a row (2 standard errors)", nats(t.TestLogProb), nats(t.TestLogProb2SE))
	}
	return b.String()
}
