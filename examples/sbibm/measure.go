package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"diffeo/data"
	"diffeo/infer"
	"diffeo/internal/jsonlines"
	"diffeo/matrix"
)

// bench is what measurements need.
type bench struct {
	binary, python, shared, results string
}

// A result is a line of the file of results: a fit, or the draws of one given an observation.
type result struct {
	Task string `json:"task"`
	Size int    `json:"simulations"`
	Seed int    `json:"seed"`

	Observation int     `json:"observation,omitempty"` // 0: the fit
	C2ST        float64 `json:"c2st,omitempty"`

	Seconds  float64 `json:"cpu_seconds,omitempty"`   // of a processor, for the fit
	LogProb  float64 `json:"log_prob,omitempty"`      // of held-out simulations, nats
	Ranks    float64 `json:"ranks,omitempty"`         // the least probability by chance over the parameters, times their number
	Highest  float64 `json:"highest,omitempty"`       // the probability of the coverage of regions of highest density
	Nearest  float64 `json:"reference,omitempty"`     // and of that of balls around references
	Distance float64 `json:"rank_distance,omitempty"` // the largest of the parameters
	Verdict  string  `json:"verdict,omitempty"`
}

func (r result) same(o result) bool {
	return r.Task == o.Task && r.Size == o.Size && r.Seed == o.Seed && r.Observation == o.Observation
}

// The simulations that a fit is scored and calibrated with, and the draws that are compared.
const (
	heldOut     = 2000
	heldOutSeed = 1 << 20 // apart from the seeds of fits
	drawn       = 10000
)

// measure fits a task by the command line, and compares draws given the observations.
func (b bench) measure(ctx context.Context, t task, size, seed int, observations []int) error {
	known, err := jsonlines.Read[result](b.results)
	if err != nil {
		return err
	}
	done := func(r result) bool { return slices.ContainsFunc(known, r.same) }
	fit := result{Task: t.name, Size: size, Seed: seed}
	var left []int
	for _, o := range observations {
		if r := fit; !done(result{Task: r.Task, Size: size, Seed: seed, Observation: o}) {
			left = append(left, o)
		}
	}
	if done(fit) && len(left) == 0 {
		return nil
	}
	dir, err := os.MkdirTemp("", "sbibm")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, table := range []struct {
		name string
		n    int
		seed uint64
	}{{"simulations.parquet", size, uint64(seed)}, {"heldout.parquet", heldOut, heldOutSeed}} {
		s, err := t.simulator.Draw(ctx, table.n, table.seed)
		if err != nil {
			return err
		}
		if err := write(in(table.name), s); err != nil {
			return err
		}
	}
	command := exec.CommandContext(ctx, b.binary, fitArguments(t, dir, seed)...)
	text, err := output(command)
	if err != nil {
		return err
	}
	fit.Seconds = (command.ProcessState.UserTime() + command.ProcessState.SystemTime()).Seconds()
	if !done(fit) {
		var summary struct {
			Test float64 `json:"test_log_prob"`
		}
		if err := json.Unmarshal(text, &summary); err != nil {
			return err
		}
		fit.LogProb = summary.Test
		if err := b.calibrate(ctx, in("model"), in("heldout.parquet"), &fit); err != nil {
			return err
		}
		fmt.Printf("%+v\n", fit)
		if err := jsonlines.Append(b.results, fit); err != nil {
			return err
		}
	}
	for _, o := range left {
		r := result{Task: t.name, Size: size, Seed: seed, Observation: o}
		if r.C2ST, err = b.compare(ctx, t, dir, o); err != nil {
			return err
		}
		fmt.Printf("%s %d %d: observation %d: %.4f\n", t.name, size, seed, o, r.C2ST)
		if err := jsonlines.Append(b.results, r); err != nil {
			return err
		}
	}
	return nil
}

// fitArguments are the options of fit: the same for all tasks, but for names and for the support of the prior, which is what is known of a task beforehand.
func fitArguments(t task, dir string, seed int) []string {
	args := []string{
		"fit", filepath.Join(dir, "simulations.parquet"), "--test", filepath.Join(dir, "heldout.parquet"), "--recipe", "posterior", "--preprocess", "standardize",
		"--context", strings.Join(t.simulator.Observations, ","), "--seed", strconv.Itoa(seed), "--out", filepath.Join(dir, "model"), "--json",
	}
	for k, at := range t.simulator.Support {
		args = append(args, "--column", fmt.Sprintf("%s=bounded:%v,%v", t.simulator.Parameters[k], at.Low, at.High))
	}
	return args
}

// compare is the test of draws given an observation against the reference.
func (b bench) compare(ctx context.Context, t task, dir string, observation int) (float64, error) {
	reference := filepath.Join(b.shared, "data", "sbibm", t.name+".npz")
	x, err := observed(reference, t, observation)
	if err != nil {
		return 0, err
	}
	given, draws := filepath.Join(dir, "given.csv"), filepath.Join(dir, "draws.npy")
	if err := writeTable(given, x); err != nil {
		return 0, err
	}
	if _, err := b.diffeo(ctx, "sample", filepath.Join(dir, "model"), "--given", given, "-n", strconv.Itoa(drawn), "--seed", strconv.Itoa(observation), "--draws-only", "--out", draws); err != nil {
		return 0, err
	}
	command := exec.CommandContext(ctx, b.python, filepath.Join(b.shared, "bench", "c2st.py"), draws, reference, "--observation", strconv.Itoa(observation))
	text, err := output(command)
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
}

// calibrate asks whether the posteriors of held-out simulations are as wide as they should be.
func (b bench) calibrate(ctx context.Context, model, table string, r *result) error {
	text, err := b.diffeo(ctx, "calibrate", model, table, "--json")
	if len(text) == 0 { // a calibration that fails is an answer too
		return err
	}
	var answer struct {
		Verdict string
		Tests   []struct {
			Test                  string
			Probability, Distance float64
		}
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return err
	}
	r.Verdict, r.Ranks = answer.Verdict, 1
	for _, t := range answer.Tests {
		switch t.Test {
		case "ranks":
			r.Ranks, r.Distance = min(r.Ranks, t.Probability), max(r.Distance, t.Distance)
		case "highest":
			r.Highest = t.Probability
		case "reference":
			r.Nearest = t.Probability
		}
	}
	return nil
}

func (b bench) diffeo(ctx context.Context, args ...string) ([]byte, error) {
	return output(exec.CommandContext(ctx, b.binary, args...))
}

// output is what a command prints; its errors say what it complains of.
func output(c *exec.Cmd) ([]byte, error) {
	text, err := c.Output()
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return text, fmt.Errorf("%s: %w: %s", filepath.Base(c.Path), err, e.Stderr)
	}
	return text, err
}

// observed is an observation of the benchmark.
func observed(reference string, t task, observation int) (data.Table, error) {
	x, err := data.ReadTable(reference, data.Options{Array: fmt.Sprint("observation_", observation)})
	if err != nil {
		return x, err
	}
	x.Columns = t.simulator.Observations
	return x, nil
}

// write writes simulations as one table.
func write(path string, s infer.Simulations) error {
	n := len(s.Parameters.Columns)
	both := data.Table{Columns: slices.Concat(s.Parameters.Columns, s.Observations.Columns)}
	both.Values = matrix.New[float64](s.Parameters.Values.Rows, len(both.Columns))
	for r := range both.Values.Rows {
		copy(both.Values.Row(r), s.Parameters.Values.Row(r))
		copy(both.Values.Row(r)[n:], s.Observations.Values.Row(r))
	}
	return writeTable(path, both)
}

func writeTable(path string, t data.Table) error {
	w, err := data.CreateTable(path, t.Columns, data.WriteOptions{})
	if err != nil {
		return err
	}
	defer w.Abort()
	if err := w.Write(t.Values); err != nil {
		return err
	}
	return w.Close()
}
