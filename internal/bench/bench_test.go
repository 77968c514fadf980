package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"diffeo/fault"
	"diffeo/param"
)

func config(ops ...string) Config {
	return Config{
		Key: "T", Ops: ops, Threads: 1, Budget: time.Millisecond, Start: time.Now(), Version: "test",
		pingpong: func() float64 { return 1 },
	}
}

// lines runs a workload and returns its lines by operation.
func lines(t *testing.T, w Workload, c Config) map[string]map[string]any {
	t.Helper()
	var out bytes.Buffer
	if err := w.check(); err != nil {
		t.Fatal(err)
	}
	if err := Run(context.Background(), w, c, &out); err != nil {
		t.Fatal(err)
	}
	found := map[string]map[string]any{}
	for line := range strings.Lines(out.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		op := fields["op"].(string)
		if found[op] != nil {
			t.Errorf("two lines for %s", op)
		}
		found[op] = fields
	}
	if len(found) != len(c.Ops) {
		t.Errorf("%d lines for %v", len(found), c.Ops)
	}
	return found
}

// Every line holds the fields that the programs which compare frameworks read, each of its type, and the numbers fit together.
func TestLines(t *testing.T) {
	w, c := kinds()[0], config(Ops()...)
	c.pingpong = nil
	for op, l := range lines(t, w, c) {
		want := map[string]any{"framework": "diffeo", "version": "test", "peer": "diffeo", "workload": "T-" + w.Name, "threads": 1., "op": op}
		want["batch"] = map[string]float64{"train": 9, "startup": 9, "logprob": 7, "logprob1": 1, "sample": 7}[op]
		for field, value := range want {
			if l[field] != value {
				t.Errorf("%s: %s is %v, want %v", op, field, l[field], value)
			}
		}
		numbers := []string{"median_ms", "min_ms", "p99_ms", "n", "samples_per_s", "noise_cpus", "pingpong_ns"}
		switch op {
		case "train":
			numbers = append(numbers, "live_gflop", "loss_first", "loss_last")
		case "startup":
			numbers = append(numbers, "startup_s", "import_s")
		default:
			numbers = append(numbers, "live_gflop")
			if l["finite"] != true {
				t.Errorf("%s: finite is %v", op, l["finite"])
			}
		}
		at := map[string]float64{}
		for _, field := range numbers {
			x, ok := l[field].(float64)
			if at[field] = x; !ok || math.IsNaN(x) || x < 0 && !strings.HasPrefix(field, "loss") {
				t.Errorf("%s: %s is %v", op, field, l[field])
			}
		}
		if !(0 < at["min_ms"] && at["min_ms"] <= at["median_ms"] && at["median_ms"] <= at["p99_ms"]) {
			t.Errorf("%s: %g ≤ %g ≤ %g ms", op, at["min_ms"], at["median_ms"], at["p99_ms"])
		}
		if n := at["n"]; op == "startup" && n != 1 || op != "startup" && n < 3 {
			t.Errorf("%s: %g measurements", op, n)
		}
		if rate := want["batch"].(float64) / at["median_ms"] * 1e3; op != "startup" && math.Abs(at["samples_per_s"]-rate) > 1e-9*rate {
			t.Errorf("%s: %g rows a second, want %g", op, at["samples_per_s"], rate)
		}
	}
}

// Only what is asked for is timed.
func TestSomeOperations(t *testing.T) {
	found := lines(t, kinds()[0], config("sample"))
	if found["sample"] == nil {
		t.Errorf("%v", found)
	}
}

// Every kind of flow runs, with sizes that no kernel likes.
func TestOddSizes(t *testing.T) {
	for _, w := range kinds() {
		for _, odd := range []struct {
			name            string
			dim, context    int
			hidden          []int
			train, evaluate int
		}{
			{"one column", 1, 0, []int{6}, 9, 7},
			{"one column under a condition", 1, 3, []int{5}, 1, 1},
			{"no hidden layer", 5, 0, nil, 17, 33},
			{"a condition, two rows", 3, 1, []int{7, 1}, 2, 3},
		} {
			w := w
			w.Dim, w.Context, w.Hidden, w.TrainBatch, w.EvalBatch = odd.dim, odd.context, odd.hidden, odd.train, odd.evaluate
			if w.Between == "swap" && w.Dim == 1 {
				continue // nothing to swap: Load refuses it
			}
			t.Run(w.Name+", "+odd.name, func(t *testing.T) {
				for op, l := range lines(t, w, config("train", "logprob", "sample")) {
					if finite, ok := l["finite"]; ok && finite != true {
						t.Errorf("%s is not finite", op)
					}
				}
			})
		}
	}
}

// The step that is timed is a training step: it changes the weights by what Adam says, so that the loss falls.
func TestTheStepTrains(t *testing.T) {
	w := kinds()[0]
	w.TrainBatch = 64
	if err := w.check(); err != nil {
		t.Fatal(err)
	}
	b, err := w.Flow().Bind()
	if err != nil {
		t.Fatal(err)
	}
	s, err := newStep(b, param.New(b.Specs, 0), w, 1)
	if err != nil {
		t.Fatal(err)
	}
	var losses []float64
	for range 200 {
		l, err := s.run(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		losses = append(losses, l)
	}
	if !(losses[199] < losses[0]-1e-3) || losses[0] != slices.Max(losses) {
		t.Errorf("200 steps took the loss from %g to %g", losses[0], losses[199])
	}
}

func TestRunErrors(t *testing.T) {
	w := kinds()[0]
	if err := Run(context.Background(), w, config("train", "fly"), io.Discard); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), `no operation "fly"`) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Run(ctx, w, config(Ops()...), io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("a run whose context has ended: %v", err)
	}
	broken := errors.New("broken pipe")
	if err := Run(context.Background(), w, config("logprob1"), failing{broken}); !errors.Is(err, broken) {
		t.Errorf("a line that cannot be written: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// A start that the environment names lies in the past; one that makes no sense counts for nothing.
func TestProcessStart(t *testing.T) {
	for _, text := range []string{"", "soon", "NaN", "1e30"} {
		t.Setenv(EnvStart, text)
		if ago := time.Since(ProcessStart()); ago < 0 || ago > time.Minute {
			t.Errorf("%s=%q: the process began %v ago", EnvStart, text, ago)
		}
	}
	m, ok := monotonic()
	if !ok {
		t.Skip("this system's monotonic clock cannot be read")
	}
	t.Setenv(EnvStart, strconv.FormatFloat(m-1000, 'f', -1, 64))
	if ago := time.Since(ProcessStart()).Seconds(); ago < 1000 || ago > 1060 {
		t.Errorf("a start 1000 s ago is %g s ago", ago)
	}
}
