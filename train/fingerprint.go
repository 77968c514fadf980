package train

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"math"
	"strconv"

	"diffeo/matrix"
	"diffeo/param"
)

// fingerprint is all that the course of a training depends on: settings in words, everything else as a hash. The number of threads, the time limit
// and what only watches are not in it.
type fingerprint map[string]string

// The parts that are not settings, with the words for a message.
const (
	printFlow       = "flow"
	printFirst      = "first weights"
	printRows       = "training rows"
	printValidation = "validation rows"
	printNumber     = "number type"
)

func fingerprintOf[T matrix.Float](t *trainer[T], first *param.Set, validation Data[T]) (fingerprint, error) {
	g, err := stepGraph(t.bound, t.config, t.objective) // its text holds every constant of the flow
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	h.Write(fmt.Appendln(nil, g))
	p := fingerprint{
		printFlow: digest(h), printRows: t.source.About().Fingerprint(),
		printValidation: validation.fingerprint(), printNumber: fmt.Sprintf("%T", T(0)),
	}
	h = sha256.New()
	for _, s := range t.bound.Specs {
		h.Write(fmt.Appendln(nil, s.Name, s.Shape, s.State))
		words(h, first.Data(s.Name))
	}
	p[printFirst] = digest(h)
	c := t.config
	for name, x := range map[string]any{
		"steps": c.Steps, "batch": c.Batch, "rate": c.Rate, "warmup": c.Warmup, "decay": c.Decay, "clip": c.Clip, "average": c.Average,
		"freeze": strconv.Quote(c.Freeze), "validate every": c.ValidateEvery, "patience": c.Patience, "seed": c.Seed, "max bad": c.MaxBad,
	} {
		p[name] = fmt.Sprint(x)
	}
	if c.Noise > 0 {
		p["noise"] = fmt.Sprint(c.Noise)
	}
	return p, nil
}

// fingerprint is equal for equal tables in equal order, and for no others.
func (d Data[T]) fingerprint() string {
	h := sha256.New()
	w := bufio.NewWriter(h) // a row may be short
	for _, m := range []matrix.Matrix[T]{d.X, d.Cond} {
		_, _ = fmt.Fprintln(w, m.Rows, m.Cols)
		for r := range m.Rows {
			words(w, m.Row(r))
		}
	}
	_, _ = fmt.Fprintln(w, len(d.Weights))
	words(w, d.Weights)
	if d.Fresh != nil {
		_, _ = w.WriteString("fresh in every pass")
	}
	_ = w.Flush() // a hash takes everything
	return digest(h)
}

func digest(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// words writes numbers to a hash, as float64, which holds those of either type exactly.
func words[T matrix.Float](h io.Writer, list []T) {
	var b [8 * 64]byte
	for len(list) > 0 {
		n := min(len(list), len(b)/8)
		for i, x := range list[:n] {
			binary.LittleEndian.PutUint64(b[8*i:], math.Float64bits(float64(x)))
		}
		_, _ = h.Write(b[:8*n])
		list = list[n:]
	}
}

// differs says in what a training differs from the one that a checkpoint was made in; "": in nothing.
func (p fingerprint) differs(saved fingerprint) string {
	for _, part := range []struct{ key, text string }{
		{printNumber, "it was made with another type of number"},
		{printFlow, "it was made for another flow, or with other settings of one: give the recipe, its options and the columns that it was made with"},
		{printRows, "it was made with other training rows: give the same table, in the same order and with the same columns"},
		{printValidation, "it was made with other validation rows: give the same ones"},
	} {
		if part.key == printFlow { // settings are known more exactly, and some are in the flow's hash too
			if text := p.settings(saved); text != "" {
				return text
			}
		}
		if p[part.key] != saved[part.key] {
			return part.text
		}
	}
	if p[printFirst] != saved[printFirst] {
		return "it was made from other first weights: give the same seed"
	}
	return ""
}

func (p fingerprint) settings(saved fingerprint) string {
	for _, name := range []string{
		"steps", "batch", "rate", "warmup", "decay", "clip", "average", "freeze", "validate every", "patience", "seed", "max bad",
	} {
		if p[name] != saved[name] {
			return fmt.Sprintf("it was made with %s %s, now it is %s: a resumed training goes on with the settings that it began with", name, saved[name], p[name])
		}
	}
	return ""
}
