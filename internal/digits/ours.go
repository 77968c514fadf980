package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"diffeo/internal/atomicfile"
	"diffeo/model"
	"diffeo/recipe"
)

// byClasses are the options of fit for the densities given the classes.
var byClasses = []string{"--labels", trainLabels, "--val-labels", heldLabels, "--test-labels", heldLabels, "--pixels", "logit", "--prior", "places", "--lr", "0.005", "--average", "0.995"}

// drawnEach is the number of pictures of each class that are read.
const drawnEach = 100

// read is what a classifier says of drawn pictures.
type read struct {
	Held   float64 `json:"held"` // share of the held-out pictures whose class it names
	Shares []share `json:"shares"`
}

// share is how many of the pictures drawn at a temperature are read as the class that was asked for.
type share struct {
	Temperature float64 `json:"temperature"`
	All         float64 `json:"all"`
	Least       float64 `json:"least"` // of one class
}

// fitOurs runs diffeo fit, with both of the figures of the held-out pictures from it.
func (c config) fitOurs(ctx context.Context, r *result) error {
	file := c.at("model.safetensors")
	args := []string{
		"fit", trainImages, "--val", heldImages, "--test", heldImages, "--recipe", "glow", "--preset", "small",
		"--steps", strconv.Itoa(r.Steps), "--warmup", strconv.Itoa(r.Steps / 20), "--validate-every", strconv.Itoa(max(1, r.Steps/2)), "--patience", "-1",
		"--batch", strconv.Itoa(r.Batch), "--lr", fmt.Sprint(rate), "--clip", fmt.Sprint(clip),
		"--seed", strconv.Itoa(r.Seed), "--threads", strconv.Itoa(r.Threads),
	}
	if r.Who == classes {
		args = append(args, byClasses...)
		args = append(args, "--validate-every", strconv.Itoa(max(1, r.Steps/8)))
	}
	r.Flags = strings.Join(args[1:], " ")
	if r.Who == classes && c.keep != "" {
		state, err := filepath.Abs(c.keep + ".state")
		if err != nil {
			return err
		}
		args = append(args, "--checkpoint", state, "--checkpoint-every", strconv.Itoa(max(1, r.Steps/40)), "--resume")
	}
	began := time.Now()
	out, state, err := c.diffeo(ctx, append(args, "--out", file, "--json")...)
	if err != nil {
		return err
	}
	r.Seconds = math.Round(10*time.Since(began).Seconds()) / 10
	r.Memory = peak(state)
	var said struct {
		Bits float64 `json:"test_bits_per_dim"`
	}
	if err := json.Unmarshal(out, &said); err != nil {
		return fmt.Errorf("what diffeo fit printed: %w", err)
	}
	r.Bits = said.Bits
	m, err := model.Load(file)
	if err != nil {
		return err
	}
	r.Parameters = m.Params.Count()
	if curves := m.Training.Curves; curves != nil {
		r.Curve = &curve{Steps: curves.Validation.Steps}
		for _, l := range curves.Validation.LogProb {
			r.Curve.Bits = append(r.Curve.Bits, math.Round(1e4*m.Image.BitsPerDim(l))/1e4)
		}
	}
	if r.Who != classes {
		return nil
	}
	if c.keep != "" {
		if err := copyFile(file, c.keep); err != nil {
			return err
		}
	}
	r.Read = &read{}
	return c.readDraws(ctx, file, m.Image.Classes, r)
}

//go:embed classifier.py
var classifier []byte

// readDraws draws pictures of every class at some temperatures and asks a classifier, which learned the pictures that the flow did.
func (c config) readDraws(ctx context.Context, file string, names []string, r *result) error {
	type drawn struct {
		Temperature float64  `json:"temperature"`
		Files       []string `json:"files"` // npy of uint8, one of each class
	}
	var all []drawn
	for _, temperature := range []float64{1, 0.9, 0.8, 0.7, 0.6} {
		d := drawn{Temperature: temperature}
		for _, name := range names {
			to := c.at(fmt.Sprintf("%s-%g.npy", name, temperature))
			if _, _, err := c.diffeo(ctx, "sample", file, "-n", strconv.Itoa(drawnEach), "--class", name, "--temperature", fmt.Sprint(temperature), "--seed", strconv.Itoa(r.Seed),
				"--out", to); err != nil {
				return err
			}
			d.Files = append(d.Files, to)
		}
		all = append(all, d)
	}
	return c.script(ctx, classifier, map[string]any{
		"threads": 1, "seed": r.Seed, "train": [2]string{c.at(trainImages), c.at(trainLabels)}, "held": [2]string{c.at(heldImages), c.at(heldLabels)}, "drawn": all,
	}, r.Read)
}

// copyFile copies a file of the scratch folder.
func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return atomicfile.Write(to, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// diffeo runs the command in the scratch folder.
func (c config) diffeo(ctx context.Context, args ...string) (out []byte, state *os.ProcessState, err error) {
	binary, err := filepath.Abs(c.binary)
	if err != nil {
		return nil, nil, err
	}
	command := exec.CommandContext(ctx, binary, args...)
	command.Dir = c.scratch
	var messages bytes.Buffer
	command.Stderr = &messages
	if out, err = command.Output(); err != nil {
		return nil, nil, fmt.Errorf("diffeo %s: %w\n%s", strings.Join(args, " "), err, messages.String())
	}
	return out, command.ProcessState, nil
}

// sizes are those of the preset, for the page.
func sizes() string {
	s, err := recipe.Preset("glow", "small")
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d scales of %d steps, networks of %d channels", s.Levels, s.Transforms, s.Hidden[0])
}
