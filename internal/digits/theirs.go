package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"diffeo/recipe"
)

// The protocol of both: Adam, a twentieth of the steps of warm-up, then a cosine to 0, clipped gradients.
const (
	batch = 64
	rate  = 1e-3
	clip  = 5
)

//go:embed peer_normflows.py
var peer []byte

// order is what the script is told, as JSON.
type order struct {
	Threads    int     `json:"threads"`
	Seed       int     `json:"seed"`
	Train      string  `json:"train"`
	Held       string  `json:"held"`
	Levels     int     `json:"levels"`
	Transforms int     `json:"transforms"`
	Hidden     int     `json:"hidden"`
	Steps      int     `json:"steps"`
	Warmup     int     `json:"warmup"`
	Batch      int     `json:"batch"`
	Rate       float64 `json:"rate"`
	Clip       float64 `json:"clip"`
}

// fitTheirs trains normflows' Glow with the sizes of the small preset.
func (c config) fitTheirs(ctx context.Context, r *result) error {
	small, err := recipe.Preset("glow", "small")
	if err != nil {
		return err
	}
	return c.script(ctx, peer, order{
		Threads: c.threads, Seed: r.Seed, Train: c.at(trainImages), Held: c.at(heldImages),
		Levels: small.Levels, Transforms: small.Transforms, Hidden: small.Hidden[0],
		Steps: r.Steps, Warmup: r.Steps / 20, Batch: r.Batch, Rate: rate, Clip: clip,
	}, r)
}

// script runs a program of Python, tells it something and reads the last line that it prints.
func (c config) script(ctx context.Context, text []byte, told, answer any) error {
	file := c.at("script.py")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	argument, err := json.Marshal(told)
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, c.python, file, string(argument))
	var out, messages bytes.Buffer
	command.Stdout, command.Stderr = &out, &messages
	command.Env = append(os.Environ(), fmt.Sprintf("OMP_NUM_THREADS=%d", c.threads))
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", c.python, err, messages.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), answer); err != nil {
		return fmt.Errorf("what %s printed: %w", c.python, err)
	}
	return nil
}
