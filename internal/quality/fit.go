package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"diffeo/data"
)

// job is one fit.
type job struct {
	set   string
	model modelling
	seed  int
	steps int // in place of the protocol's, unless 0
}

func (j job) key() string { return fmt.Sprintf("%s/%s/%d", j.set, j.model.name, j.seed) }

// result is what a fit gave: log-likelihoods in nats a row, in the data's own units.
type result struct {
	Set        string  `json:"set"`
	Model      string  `json:"model"`
	Flags      string  `json:"flags"`
	Seed       int     `json:"seed"`
	Steps      int     `json:"steps"`
	Validation float64 `json:"val"`
	Test       float64 `json:"test"`
	Error2     float64 `json:"test_2se"`
	CPU        float64 `json:"cpu_s"`  // processor seconds of the process, all of them
	Wall       float64 `json:"wall_s"` // on whatever else the machine did
	Threads    int     `json:"threads"`
	Skipped    int     `json:"skipped_steps,omitempty"`

	// Paired is how much larger the log-density of a test row is here than in the mean of another library's runs.
	Paired map[string]difference `json:"paired,omitempty"`
}

func (r result) key() string { return fmt.Sprintf("%s/%s/%d", r.Set, r.Model, r.Seed) }

// modelFile is where the model of a fit is written.
func (c config) modelFile(j job) string {
	return filepath.Join(c.scratch, strings.ReplaceAll(j.key(), "/", "-")+".safetensors")
}

// fitArguments are the arguments of diffeo.
func (c config) fitArguments(j job, out string) []string {
	t := tableOf(j.set)
	args := slices.Concat([]string{"fit", t.file(c.shared, "train"), "--val", t.file(c.shared, "val"), "--test", t.file(c.shared, t.held)}, t.steps, t.fit,
		[]string{"--seed", strconv.Itoa(j.seed), "--threads", strconv.Itoa(c.threads), "--out", out}, j.model.flags)
	if j.steps > 0 {
		args = append(args, "--steps", strconv.Itoa(j.steps))
	}
	switch {
	case t.ready:
		args = append(args, "--preprocess", "none")
	case !j.model.auto:
		args = append(args, "--preprocess", "standardize")
	}
	return args
}

// fit runs diffeo fit and scores the test rows one by one.
func (c config) fit(ctx context.Context, j job) (result, error) {
	t := tableOf(j.set)
	file := c.modelFile(j)
	args := append(c.fitArguments(j, file), "--json")
	began := time.Now()
	command := exec.CommandContext(ctx, c.binary, args...)
	var out, messages bytes.Buffer
	command.Stdout, command.Stderr = &out, &messages
	if err := command.Run(); err != nil {
		return result{}, fmt.Errorf("diffeo %s: %w\n%s", strings.Join(args, " "), err, messages.String())
	}
	wall := time.Since(began)
	var said struct {
		Steps      int     `json:"steps"`
		Validation float64 `json:"val_log_prob"`
		Test       float64 `json:"test_log_prob"`
		Error2     float64 `json:"test_log_prob_2se"`
		Skipped    int     `json:"skipped_steps"`
	}
	if err := json.Unmarshal(out.Bytes(), &said); err != nil {
		return result{}, fmt.Errorf("the summary of fit: %w", err)
	}
	r := result{
		Set: j.set, Model: j.model.name, Flags: strings.Join(j.model.flags, " "), Seed: j.seed, Steps: said.Steps, Validation: said.Validation,
		Test: said.Test, Error2: said.Error2, Skipped: said.Skipped, Threads: c.threads,
		CPU: (command.ProcessState.UserTime() + command.ProcessState.SystemTime()).Seconds(), Wall: wall.Seconds(),
	}
	_, _ = fmt.Fprintf(c.log, "%s %s val %.4f test %.4f ± %.3f, %d steps, %.1f cpu s\n", time.Now().Format(time.TimeOnly), j.key(), r.Validation, r.Test, r.Error2, r.Steps, r.CPU)
	rows, err := c.score(ctx, file, t.file(c.shared, t.held), file+"-rows.npy")
	if err != nil {
		return r, err
	}
	r.Paired, err = c.paired(t, rows)
	return r, err
}

// score is the log-densities of the rows of a table.
func (c config) score(ctx context.Context, model, table, scratch string) ([]float64, error) {
	command := exec.CommandContext(ctx, c.binary, "score", model, table, "--out", scratch, "--json")
	if text, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("diffeo score: %w\n%s", err, text)
	}
	defer os.Remove(scratch)
	t, err := data.ReadTable(scratch, data.Options{})
	if err != nil {
		return nil, err
	}
	rows := make([]float64, t.Values.Rows)
	for i := range rows {
		row := t.Values.Row(i)
		rows[i] = row[len(row)-1]
	}
	return rows, nil
}
