package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"diffeo"
	"diffeo/fault"
	"diffeo/param"
)

// Config says what to measure.
type Config struct {
	Key     string // the workload's key in its file
	Ops     []string
	Threads int
	Budget  time.Duration // for each measurement
	Start   time.Time     // when the process began
	Version string

	pingpong func() float64 // nil: the real one, which takes a while
}

// Ops lists the operations that can be timed.
func Ops() []string { return []string{"train", "logprob", "logprob1", "sample", "startup"} }

// Line is one measurement. Times are of one operation on the whole batch.
type Line struct {
	Framework    string   `json:"framework"`
	Version      string   `json:"version"`
	Peer         string   `json:"peer"`
	Variant      string   `json:"variant"`
	Workload     string   `json:"workload"`
	Threads      int      `json:"threads"`
	Op           string   `json:"op"`
	Batch        int      `json:"batch"`
	MedianMS     float64  `json:"median_ms"`
	MinMS        float64  `json:"min_ms"`
	P99MS        float64  `json:"p99_ms"`
	N            int      `json:"n"`
	SamplesPerS  float64  `json:"samples_per_s"`
	NoiseCPUs    float64  `json:"noise_cpus"`
	PingpongNS   float64  `json:"pingpong_ns"`
	PeakRSSMB    *float64 `json:"peak_rss_mb,omitempty"`
	LossFirst    *float64 `json:"loss_first,omitempty"`
	LossLast     *float64 `json:"loss_last,omitempty"`
	StartupS     *float64 `json:"startup_s,omitempty"`
	ImportS      *float64 `json:"import_s,omitempty"`
	Finite       *bool    `json:"finite,omitempty"`
	Parameters   int      `json:"parameters"`
	LiveGFLOP    *float64 `json:"live_gflop,omitempty"` // what the operation cannot do without, see Floor
	InstructionS string   `json:"cpu"`
}

type session struct {
	c      Config
	w      Workload
	out    io.Writer
	params *param.Set
	base   Line
}

// Run measures and writes a JSON line for each operation.
func Run(ctx context.Context, w Workload, c Config, out io.Writer) error {
	for _, op := range c.Ops {
		if !slices.Contains(Ops(), op) {
			return fmt.Errorf("%w: there is no operation %q; choose among %v", fault.ErrConfig, op, Ops())
		}
	}
	f := w.Flow()
	bound, err := f.Bind()
	if err != nil {
		return err
	}
	s := &session{c: c, w: w, out: out, params: param.New(bound.Specs, 0)}
	s.base = Line{Framework: "diffeo", Version: c.Version, Peer: "diffeo", Variant: "default",
		Workload: c.Key + "-" + w.Name, Threads: c.Threads, Parameters: s.params.Count(), InstructionS: instructionSet()}
	step, err := newStep(bound, s.params, w, c.Threads)
	if err != nil {
		return err
	}
	first, err := step.run(ctx)
	if err != nil {
		return err
	}
	startup := time.Since(c.Start).Seconds()
	if c.pingpong == nil {
		c.pingpong = pingpong
	}
	s.base.PingpongNS = c.pingpong()
	if slices.Contains(c.Ops, "startup") {
		l := s.base
		zero := 0.0
		l.Op, l.Batch, l.StartupS, l.ImportS = "startup", w.TrainBatch, &startup, &zero
		l.MedianMS, l.MinMS, l.P99MS, l.N = 1e3*startup, 1e3*startup, 1e3*startup, 1
		if err := s.print(l); err != nil {
			return err
		}
	}
	if slices.Contains(c.Ops, "train") {
		last := first
		l, err := s.measure(ctx, "train", w.TrainBatch, 3, func() (err error) { last, err = step.run(ctx); return err })
		if err != nil {
			return err
		}
		for _, loss := range []float64{first, last} {
			if math.IsNaN(loss) || math.IsInf(loss, 0) {
				return fmt.Errorf("%w: workload %s: the loss went from %g to %g in %d steps; its times are worth nothing", fault.ErrNonFinite, c.Key, first, last, l.N)
			}
		}
		l.LossFirst, l.LossLast = &first, &last
		if rss := peakRSS(); !math.IsNaN(rss) {
			l.PeakRSSMB = &rss
		}
		if err := s.print(l); err != nil {
			return err
		}
	}
	return s.evaluate(ctx, f)
}

// evaluate times scoring and sampling through the public API.
func (s *session) evaluate(ctx context.Context, f diffeo.Flow) error {
	c, err := diffeo.Compile[float32](f, s.params, diffeo.Options{Threads: s.c.Threads})
	if err != nil {
		return err
	}
	for _, op := range s.c.Ops {
		rows := s.w.EvalBatch
		if op == "logprob1" {
			rows = 1
		}
		x, cond := normal(rows, s.w.Dim, 3), normal(rows, s.w.Context, 4)
		if s.w.Context == 0 {
			cond = diffeo.Matrix[float32]{}
		}
		lp := make([]float32, rows)
		var call func() error
		switch op {
		case "logprob", "logprob1":
			call = func() error { return c.LogProb(ctx, x, cond, lp) }
		case "sample":
			seed := uint64(0)
			call = func() error { seed++; return c.Sample(ctx, diffeo.Draw{Seed: seed}, cond, x) }
		default:
			continue
		}
		l, err := s.measure(ctx, op, rows, 1, call)
		if err != nil {
			return err
		}
		numbers := lp
		if op == "sample" {
			numbers = x.Data
		}
		ok := !slices.ContainsFunc(numbers, func(v float32) bool { return math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) })
		l.Finite = &ok
		if err := s.print(l); err != nil {
			return err
		}
	}
	return nil
}

// measure calls f until the budget is spent: three times at least, three thousand at most.
func (s *session) measure(ctx context.Context, op string, batch, warm int, f func() error) (Line, error) {
	for range warm {
		if err := f(); err != nil {
			return Line{}, err
		}
	}
	most := 3000
	if op == "logprob1" {
		most = 100_000
	}
	times := make([]float64, 0, most)
	all, own := busy()
	begin := time.Now()
	for len(times) < most && (len(times) < 3 || time.Since(begin) < s.c.Budget) {
		t := time.Now()
		if err := f(); err != nil {
			return Line{}, err
		}
		times = append(times, float64(time.Since(t).Nanoseconds())/1e6)
		if err := ctx.Err(); err != nil {
			return Line{}, err
		}
	}
	all2, own2 := busy()
	l := s.base
	l.NoiseCPUs = max(0, (all2-all-(own2-own))/time.Since(begin).Seconds())
	slices.Sort(times)
	at := func(q float64) float64 { return times[min(len(times)-1, int(q*float64(len(times))))] }
	l.Op, l.Batch, l.N, l.MedianMS, l.MinMS, l.P99MS = op, batch, len(times), at(0.5), times[0], at(0.99)
	l.SamplesPerS = float64(batch) / at(0.5) * 1e3
	if live := s.w.Floor().GFLOP(op, batch); live > 0 {
		l.LiveGFLOP = &live
	}
	return l, nil
}

func (s *session) print(l Line) error {
	data, err := json.Marshal(l)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s\n", data)
	return err
}

// normal is a matrix of standard normal numbers.
func normal(rows, cols int, seed uint64) diffeo.Matrix[float32] {
	r := rand.New(rand.NewPCG(seed, 0))
	m := diffeo.Matrix[float32]{Data: make([]float32, rows*cols), Rows: rows, Cols: cols, Stride: cols}
	for i := range m.Data {
		m.Data[i] = float32(r.NormFloat64())
	}
	return m
}
