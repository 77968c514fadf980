package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"diffeo/internal/jsonlines"
)

// A race is how long the wall clock runs from the start of the process until validation reaches what the best library ends with, less 0.05
// nats: diffeo fit without options, and that library's own training, one after the other on the same processors. The library's time leaves out
// reading the table.
type race struct {
	Set     string  `json:"set"`
	Who     string  `json:"who"`
	Level   float64 `json:"level"` // validation log-likelihood, in the units of its fit
	Seed    int     `json:"seed"`
	Threads int     `json:"threads"`
	Seconds float64 `json:"seconds"` // 0: never reached
	All     float64 `json:"all_s"`   // of the whole training
}

// races measures both sides on every set and appends the results to the file.
func (c config) races(ctx context.Context) error {
	bars, err := c.readBars()
	if err != nil {
		return err
	}
	for _, set := range c.sets {
		best := bestBar(bars, set, func(b *bar) []float64 { return b.validation })
		if best == nil {
			return fmt.Errorf("no library has figures for %s", set)
		}
		level := mean(best.validation) - 0.05
		for _, seed := range c.seeds {
			ours, err := c.raceOurs(ctx, tableOf(set), level-best.logDet, seed)
			if err != nil {
				return err
			}
			theirs, err := c.raceTheirs(ctx, best, level, seed)
			if err != nil {
				return err
			}
			for _, r := range []race{ours, theirs} {
				_, _ = fmt.Fprintf(c.log, "%s %s reaches %.3f in %.1f s, all in %.1f s\n", r.Set, r.Who, r.Level, r.Seconds, r.All)
				if err := jsonlines.Append(c.raceFile(), r); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// validated is a line of progress of diffeo fit.
var validated = regexp.MustCompile(`^step \d+/\d+ .* validation (\S+),`)

func (c config) raceOurs(ctx context.Context, t table, level float64, seed int) (race, error) {
	r := race{Set: t.name, Who: "diffeo", Level: level, Seed: seed, Threads: c.threads}
	j := job{set: t.name, model: modelling{name: "default", auto: true}, seed: seed}
	command := exec.CommandContext(ctx, c.binary, c.fitArguments(j, filepath.Join(c.scratch, "race.safetensors"))...)
	messages, err := command.StderrPipe()
	if err != nil {
		return r, err
	}
	began := time.Now()
	if err := command.Start(); err != nil {
		return r, err
	}
	last := ""
	for lines := bufio.NewScanner(messages); lines.Scan(); last = lines.Text() {
		m := validated.FindStringSubmatch(lines.Text())
		if m == nil || r.Seconds > 0 {
			continue
		}
		if x, err := strconv.ParseFloat(m[1], 64); err == nil && x >= level {
			r.Seconds = time.Since(began).Seconds()
		}
	}
	if err := command.Wait(); err != nil {
		return r, fmt.Errorf("diffeo fit: %w: %s", err, last)
	}
	r.All = time.Since(began).Seconds()
	return r, nil
}

// raceTheirs runs the library's script in a copy of its folder, where it leaves its results, and reads its validation curve.
func (c config) raceTheirs(ctx context.Context, b *bar, level float64, seed int) (race, error) {
	r := race{Set: b.set, Who: b.peer, Level: level, Seed: seed, Threads: c.threads}
	folder := filepath.Join(c.scratch, "bench", "quality")
	if err := errors.Join(os.RemoveAll(folder), os.CopyFS(folder, os.DirFS(filepath.Join(c.shared, "bench", "quality")))); err != nil {
		return r, err
	}
	data, err := filepath.Abs(filepath.Join(c.shared, "data"))
	if err != nil {
		return r, err
	}
	results := filepath.Join(folder, "results.csv")
	if err := errors.Join(os.Chmod(folder, 0o755), os.Remove(results), os.Remove(filepath.Join(folder, "curves.jsonl")), os.Chmod(filepath.Join(folder, "lp"), 0o755)); err != nil {
		return r, err
	}
	if err := os.Symlink(data, filepath.Join(c.scratch, "data")); err != nil && !errors.Is(err, os.ErrExist) {
		return r, err
	}
	script := "train_torch.py"
	if strings.HasPrefix(b.peer, "flowjax") {
		script = "train_flowjax.py"
	}
	command := exec.CommandContext(ctx, c.python, script, fmt.Sprintf("%s:%s:%d", b.set, b.peer, seed))
	command.Dir = folder
	command.Env = append(os.Environ(), fmt.Sprintf("THREADS=%d", c.threads))
	began := time.Now()
	if text, err := command.CombinedOutput(); err != nil {
		return r, fmt.Errorf("%s: %w\n%s", script, err, text)
	}
	r.All = time.Since(began).Seconds()
	var curve struct {
		Curve []struct {
			Seconds    float64 `json:"train_s"`
			Validation float64 `json:"val_ll"`
		} `json:"curve"`
	}
	text, err := os.ReadFile(filepath.Join(folder, "curves.jsonl"))
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &curve); err != nil {
		return r, err
	}
	head, evaluation, err := overheads(results)
	if err != nil {
		return r, err
	}
	for i, p := range curve.Curve {
		if p.Validation >= level {
			r.Seconds = head + p.Seconds + evaluation*float64(i+1)/float64(len(curve.Curve))
			break
		}
	}
	return r, nil
}

// overheads are the seconds for imports and compilation, and those for all validations, in a file of results of one run.
func overheads(path string) (head, evaluation float64, err error) {
	columns, rows, err := readCSV(path)
	if err != nil {
		return 0, 0, err
	}
	for _, part := range []struct {
		column string
		to     *float64
	}{{"import_s", &head}, {"compile_s", &head}, {"train_eval_s", &evaluation}} {
		x, err := strconv.ParseFloat(rows[0][columns[part.column]], 64)
		if err != nil {
			return 0, 0, fmt.Errorf("%s, %s: %w", path, part.column, err)
		}
		*part.to += x
	}
	return head, evaluation, nil
}
