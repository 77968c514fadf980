package main

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"diffeo/data"
	"diffeo/matrix"
	"diffeo/recipe"
)

// scripts train the recipes of other libraries: peer_NAME.py for each, peer_torch.py for what two of them share.
//
//go:embed peer_*.py
var scripts embed.FS

// order is what a script is told, as JSON.
type order struct {
	Recipe  string        `json:"recipe"`
	Config  recipe.Config `json:"config"`
	Steps   int           `json:"steps"`
	Batch   int           `json:"batch"`
	Rate    float64       `json:"rate"`
	Clip    float64       `json:"clip"`
	Seed    int           `json:"seed"`
	Threads int           `json:"threads"`
	Samples string        `json:"samples"` // npy of float32, the training rows
	Points  string        `json:"points"`  // npy of float32, to be scored
	Out     string        `json:"out"`     // npy of float32, their log-densities
}

// answer is what it prints.
type answer struct {
	Failed     string  `json:"failed"` // why there are no log-densities
	Version    string  `json:"version"`
	Parameters int     `json:"parameters"`
	Seconds    float64 `json:"seconds"`
}

// python is the program for a library's scripts.
func (c config) python(library string) string {
	if library == "flowjax" {
		return c.jax
	}
	return c.torch
}

// fitPeer trains another library's recipe on the same rows and scores the points of the rule.
func (c config) fitPeer(ctx context.Context, j job, e entry, points matrix.Matrix[float64]) (r result, logp []float64, err error) {
	r = c.result(j, e)
	folder, err := os.MkdirTemp("", "toys")
	if err != nil {
		return r, nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	at := func(name string) string { return filepath.Join(folder, name) }
	if err := writeScripts(folder); err != nil {
		return r, nil, err
	}
	x, err := c.samples(j, e)
	if err != nil {
		return r, nil, err
	}
	if err := writeRows(at("samples.npy"), x, 1); err != nil {
		return r, nil, err
	}
	if err := writeRows(at("points.npy"), points, e.factor()); err != nil {
		return r, nil, err
	}
	text, err := json.Marshal(order{
		Recipe: e.name, Config: r.Config, Steps: c.steps, Batch: c.batch, Rate: c.rate, Clip: c.clip, Seed: j.seed, Threads: c.threads,
		Samples: at("samples.npy"), Points: at("points.npy"), Out: at("logp.npy"),
	})
	if err != nil {
		return r, nil, err
	}
	command := exec.CommandContext(ctx, c.python(j.library), at("peer_"+j.library+".py"), string(text))
	var out, messages bytes.Buffer
	command.Stdout, command.Stderr = &out, &messages
	command.Env = append(os.Environ(), fmt.Sprintf("OMP_NUM_THREADS=%d", c.threads), "JAX_PLATFORMS=cpu")
	if c.threads == 1 {
		command.Env = append(command.Env, "XLA_FLAGS=--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
	}
	if err := command.Run(); err != nil {
		return r, nil, fmt.Errorf("%s: %w\n%s", j.library, err, messages.String())
	}
	var said answer
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &said); err != nil {
		return r, nil, fmt.Errorf("what %s printed: %w", j.library, err)
	}
	r.Version, r.Parameters, r.Seconds, r.Failed = said.Version, said.Parameters, said.Seconds, said.Failed
	if r.Failed != "" {
		return r, nil, nil
	}
	logp, err = readRows(at("logp.npy"), e.factor())
	return r, logp, err
}

func writeScripts(folder string) error {
	return fs.WalkDir(scripts, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := scripts.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(folder, path), text, 0o644)
	})
}

// writeRows writes factor times the rows as float32s.
func writeRows(path string, x matrix.Matrix[float64], factor float64) error {
	columns := []string{"x0", "x1"}
	w, err := data.CreateTable(path, columns, data.WriteOptions{Float32: columns})
	if err != nil {
		return err
	}
	defer w.Abort()
	scaled := matrix.New[float64](x.Rows, x.Cols)
	for i, v := range x.Data {
		scaled.Data[i] = v * factor
	}
	if err := w.Write(scaled); err != nil {
		return err
	}
	return w.Close()
}

// readRows are the log-densities that a script wrote, in the units of points that are not scaled.
func readRows(path string, factor float64) ([]float64, error) {
	t, err := data.ReadTable(path, data.Options{})
	if err != nil {
		return nil, err
	}
	out := make([]float64, t.Values.Rows)
	for i := range out {
		out[i] = t.Values.Row(i)[0] + 2*math.Log(factor)
	}
	return out, nil
}
