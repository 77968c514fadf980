package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"

	"diffeo/internal/jsonlines"
	"diffeo/model"
)

// long is a training of more steps than the protocol's, with its validation curve.
type long struct {
	result
	Curve model.Curve `json:"curve"`
}

// longFile is beside the results.
func (c config) longFile() string { return strings.TrimSuffix(c.out, ".jsonl") + "-long.jsonl" }

// longer fits without options, for c.long steps, and appends the results to the file.
func (c config) longer(ctx context.Context) error {
	for _, set := range c.sets {
		for _, seed := range c.seeds {
			j := job{set: set, model: modelling{name: "default", auto: true}, seed: seed, steps: c.long}
			r, err := c.fit(ctx, j)
			if err != nil {
				return err
			}
			curve, err := c.curve(ctx, c.modelFile(j))
			if err != nil {
				return err
			}
			if err := jsonlines.Append(c.longFile(), long{r, curve}); err != nil {
				return err
			}
		}
	}
	return nil
}

// curve is the validation curve that a model file keeps.
func (c config) curve(ctx context.Context, file string) (model.Curve, error) {
	text, err := exec.CommandContext(ctx, c.binary, "info", file, "--json").Output()
	if err != nil {
		return model.Curve{}, fmt.Errorf("diffeo info %s: %w", file, err)
	}
	var said struct {
		Training model.Training `json:"training"`
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return model.Curve{}, fmt.Errorf("diffeo info %s: %w", file, err)
	}
	if said.Training.Curves == nil {
		return model.Curve{}, fmt.Errorf("%s has no validation curve", file)
	}
	return said.Training.Curves.Validation, nil
}

// published are figures of papers on full-scale tables, in nats.
var published = map[string]string{
	"bsds300": "MADE 148.85, RealNVP 153.28, MAF 155.69, Glow 156.95, NSF-AR 157.31, FFJORD 157.40, SOS 157.48, NSF-C 157.54, NAF 157.73, TAN 159.80",
}

// lengthened lists the long runs with a dozen points of their curves.
func lengthened(b *strings.Builder, list []long) {
	if len(list) == 0 {
		return
	}
	b.WriteString("## Longer training\n\n`diffeo fit` without options, with more steps (`go run ./internal/quality -long STEPS`). Validation log-likelihoods on the way are those of the averaged weights at that step.\n\n")
	for _, r := range list {
		fmt.Fprintf(b, "**%s**, seed %d, %d steps of 512 rows, %.0f processor seconds with %d thread(s): test log-likelihood %.3f ± %.3f (twice the standard error), validation %.3f.\n\n",
			r.Set, r.Seed, r.Steps, r.CPU, r.Threads, r.Test, r.Error2, r.Validation)
		if p := published[r.Set]; p != "" {
			fmt.Fprintf(b, "Published: %s.\n\n", p)
		}
		steps, values := "| step |", "| validation |"
		const points = 12
		n := len(r.Curve.Steps)
		for k := range min(points, n) {
			i := (k + 1) * n / min(points, n)
			steps += fmt.Sprintf(" %d |", r.Curve.Steps[i-1])
			values += fmt.Sprintf(" %.2f |", r.Curve.LogProb[i-1])
		}
		fmt.Fprintf(b, "%s\n|---|%s\n%s\n\n", steps, strings.Repeat("---|", min(points, n)), values)
	}
}
