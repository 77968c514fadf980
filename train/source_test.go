package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/matrix"
	"diffeo/param"
)

// endless makes its rows up as it goes: batch n of a banana with the seed n.
type endless struct {
	shift  float64
	spoil  int // the batch with a cell that is no number; −1: none
	fail   int // the batch that cannot be read; −1: none
	weight float64
	asked  []int
	hashed int // how often its fingerprint was taken
}

var errDisk = errors.New("the disk is gone")

func (e *endless) About() About {
	return About{Weighted: e.weight != 0, Fingerprint: func() string { e.hashed++; return "endless" }}
}

func (e *endless) Batch(_ context.Context, n int, x, _ matrix.Matrix[float64], weights []float64) error {
	e.asked = append(e.asked, n)
	if n == e.fail {
		return errDisk
	}
	d := banana[float64](x.Rows, uint64(n)+100)
	for i := range x.Rows {
		copy(x.Row(i), d.X.Row(i))
		x.Row(i)[0] += e.shift
		if weights != nil {
			weights[i] = e.weight
		}
	}
	if n == e.spoil {
		x.Row(3)[1] = math.NaN()
	}
	return nil
}

func (e *endless) Place(i int) string { return fmt.Sprintf("endless row %d", i) }

// Training from a stream learns what is in it, asks for its batches in order, and stops with the stream's error.
func TestFromSource(t *testing.T) {
	f, p := small(t, "maf", 2, 0)
	e := &endless{spoil: -1, fail: -1}
	r, err := FromSource(t.Context(), f, p, e, banana[float64](1000, 2), Config{Steps: 600, Batch: 256, Rate: 1e-2})
	must(t, err)
	if gap := bananaLogProb - r.Validation; gap > 0.1 || gap < -0.1 {
		t.Errorf("validation %.3f, the truth has %.3f", r.Validation, bananaLogProb)
	}
	if e.hashed > 0 {
		t.Errorf("without a checkpoint the fingerprint was taken %d times, which may read all rows", e.hashed)
	}
	for i, n := range e.asked {
		if i != n {
			t.Fatalf("batch %d was asked for in place %d", n, i)
		}
	}
	for _, test := range []struct {
		from *endless
		want error
		text string
		c    Config
	}{
		{&endless{spoil: -1, fail: 7}, errDisk, "after 7 steps", Config{Steps: 20, Batch: 16}},
		{&endless{spoil: 5, fail: -1}, fault.ErrData, "endless row 3, number 1 is NaN", Config{Steps: 20, Batch: 16}},
		{&endless{spoil: -1, fail: -1, weight: -2}, fault.ErrData, "endless row 0 has the weight -2", Config{Steps: 20, Batch: 16}},
		{&endless{spoil: -1, fail: -1}, fault.ErrConfig, "Epochs, of a source that does not know its rows", Config{Epochs: 2}},
	} {
		if _, err := FromSource(t.Context(), f, p.Clone(), test.from, Data[float64]{}, test.c); !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%v; want %q", err, test.text)
		}
	}
}

// A table in memory is a source like any other: both doors give the same weights.
func TestTableAsSource(t *testing.T) {
	f, p := small(t, "maf", 2, 0)
	q := p.Clone()
	d, v := banana[float64](500, 1), banana[float64](100, 2)
	_, err := MaximumLikelihood(t.Context(), f, p, d, v, Config{Epochs: 3, Batch: 100, Seed: 9})
	must(t, err)
	_, err = FromSource(t.Context(), f, q, Source[float64](newBatches(d, 9)), v, Config{Epochs: 3, Batch: 100})
	must(t, err)
	if !equalSets(p, q) {
		t.Error("the weights differ")
	}
}

// Maps that take first values from data get them from the stream's first batch.
func TestSourceStartsActivationNorms(t *testing.T) {
	f := flow.Flow{Base: dist.StandardNormal{Dim: 2}, Transform: bijection.Chain{Transforms: []bijection.Bijection{bijection.Invert{Bijection: bijection.ActNorm{}}}}}
	bound, err := f.Bind()
	must(t, err)
	p := param.New(bound.Specs, 1)
	e := &endless{spoil: -1, fail: -1, shift: 300}
	_, err = FromSource(t.Context(), f, p, e, Data[float64]{}, Config{Steps: 1, Batch: 2000, Rate: 1e-12})
	must(t, err)
	log, shift := p.Data("transform.transforms.0.log_scale"), p.Data("transform.transforms.0.shift")
	if got := -shift[0] * math.Exp(-log[0]); math.Abs(got-300) > 1 {
		t.Errorf("the first column has mean %g", got)
	}
	if fmt.Sprint(e.asked) != "[0 0]" {
		t.Errorf("asked for %v", e.asked)
	}
}
