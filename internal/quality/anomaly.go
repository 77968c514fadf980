package main

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mathext/prng"

	"diffeo/data"
	"diffeo/internal/jsonlines"
)

// anomalySet is a table with marked anomalies (ADBench), and the AUROC of others on it, by bench/QUALITY.md.
type anomalySet struct {
	name        string
	maf, forest float64 // zuko's MAF, scikit-learn's IsolationForest
}

var anomalySets = []anomalySet{
	{"6_cardio", 0.872, 0.964},
	{"18_Ionosphere", 0.964, 0.932},
	{"31_satimage-2", 0.997, 0.993},
	{"2_annthyroid", 0.925, 0.897},
	{"29_Pima", 0.721, 0.716},
	{"42_WBC", 0.969, 0.994},
	{"28_pendigits", 0.991, 0.965},
	{"12_fault", 0.715, 0.649},
}

func anomalyNames() (list []string) {
	for _, s := range anomalySets {
		list = append(list, s.name)
	}
	return list
}

// anomalyWays are the options of fit that are compared, the same for all sets.
var anomalyWays = []modelling{
	{name: "smooth", flags: []string{"--recipe", "maf", "--preprocess", "standardize", "--smooth", "rule"}},
	{name: "plain", flags: []string{"--recipe", "maf", "--preprocess", "standardize"}},
}

// anomalyProtocol is that of the figures: 3000 steps, validated every 50, stopped after 500 without a better one.
var anomalyProtocol = []string{"--steps", "3000", "--validate-every", "50", "--patience", "500"}

// anomalous is what a fit gave: how well the scores of the tested rows tell anomalies from others.
type anomalous struct {
	Set   string  `json:"set"`
	Way   string  `json:"way"`
	Flags string  `json:"flags"`
	Seed  int     `json:"seed"`
	Rows  int     `json:"train_rows"`
	Dim   int     `json:"columns"`
	Left  []int   `json:"left_out,omitempty"` // columns that the training rows give no density to
	AUROC float64 `json:"auroc"`              // of −log p
	Typic float64 `json:"auroc_typicality"`   // of 1 − typicality
}

func (a anomalous) key() string { return fmt.Sprintf("%s/%s/%d", a.Set, a.Way, a.Seed) }

// anomalyFile is beside the results.
func (c config) anomalyFile() string {
	return filepath.Join(filepath.Dir(c.out), "anomaly.jsonl")
}

// measureAnomalies runs what is missing.
func (c config) measureAnomalies(ctx context.Context) error {
	done, err := measured[anomalous](c.anomalyFile())
	if err != nil {
		return err
	}
	for _, seed := range c.seeds {
		for _, way := range anomalyWays {
			for _, set := range c.sets {
				a := anomalous{Set: set, Way: way.name, Flags: strings.Join(way.flags, " "), Seed: seed}
				if done[a.key()] {
					continue
				}
				if err := c.detect(ctx, way, &a); err != nil {
					return fmt.Errorf("%s: %w", a.key(), err)
				}
				if err := jsonlines.Append(c.anomalyFile(), a); err != nil {
					return err
				}
				_, _ = fmt.Fprintf(c.log, "%s: AUROC %.4f, by typicality %.4f\n", a.key(), a.AUROC, a.Typic)
			}
		}
	}
	return nil
}

// detect fits the normal rows and scores the others.
func (c config) detect(ctx context.Context, way modelling, a *anomalous) error {
	folder, err := os.MkdirTemp(c.scratch, a.Set)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	train, validation, test, normal, err := anomalyParts(c.shared, a.Set, folder)
	if err != nil {
		return err
	}
	a.Rows, a.Dim = train.Values.Rows, len(train.Columns)
	kept := independent(train)
	var files []string
	for i, part := range []data.Table{train, validation, test} {
		if len(kept) < a.Dim {
			if part, err = part.Select(kept); err != nil {
				return err
			}
		}
		files = append(files, filepath.Join(folder, strconv.Itoa(i)+".npy"))
		if err := writeTable(files[i], part); err != nil {
			return err
		}
	}
	for j, name := range train.Columns {
		if !slices.Contains(kept, name) {
			a.Left = append(a.Left, j)
		}
	}
	file := filepath.Join(folder, "model.safetensors")
	args := slices.Concat([]string{"fit", files[0], "--val", files[1], "--test", files[1], "--seed", strconv.Itoa(a.Seed), "--threads", strconv.Itoa(c.threads), "--out", file, "--json"},
		anomalyProtocol, way.flags)
	if text, err := exec.CommandContext(ctx, c.binary, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("diffeo %s: %w\n%s", strings.Join(args, " "), err, text)
	}
	scored := filepath.Join(folder, "scored.npy")
	if text, err := exec.CommandContext(ctx, c.binary, "score", file, files[2], "--quantile", "--reference", files[0], "--out", scored, "--json").CombinedOutput(); err != nil {
		return fmt.Errorf("diffeo score: %w\n%s", err, text)
	}
	t, err := data.ReadTable(scored, data.Options{}) // log_prob, quantile and typicality come last
	if err != nil {
		return err
	}
	rare, odd := make([]float64, t.Values.Rows), make([]float64, t.Values.Rows)
	for i := range rare {
		row := t.Values.Row(i)
		rare[i], odd[i] = -row[len(row)-3], 1-row[len(row)-1]
	}
	a.AUROC, a.Typic = rounded(auroc(rare, normal)), rounded(auroc(odd, normal))
	return nil
}

// anomalyParts are the protocol's: the normal rows, permuted as numpy's RandomState(42) does, train in their first half, whose last tenth validates; the
// other half is tested, and every anomaly after it.
func anomalyParts(shared, set, scratch string) (train, validation, test data.Table, normal int, err error) {
	var x, y data.Table
	for name, to := range map[string]*data.Table{"X": &x, "y": &y} {
		if *to, err = arrayOf(filepath.Join(shared, "data", "adbench", set+".npz"), name, scratch); err != nil {
			return train, validation, test, 0, err
		}
	}
	var good, bad []int
	for r := range y.Values.Rows {
		if y.Values.Row(r)[0] == 0 {
			good = append(good, r)
		} else {
			bad = append(bad, r)
		}
	}
	var order []int
	for _, i := range permutation(42, len(good)) {
		order = append(order, good[i])
	}
	half := len(order) / 2
	last := max(1, half/10)
	for _, p := range []struct {
		to   *data.Table
		rows []int
	}{{&train, order[:half-last]}, {&validation, order[half-last : half]}, {&test, slices.Concat(order[half:], bad)}} {
		if *p.to, err = x.Rows(p.rows); err != nil {
			return train, validation, test, 0, err
		}
	}
	return train, validation, test, len(order) - half, nil
}

// arrayOf is an array of an npz file. It is unpacked, since an array of columns one after the other can be read from an npy file only.
func arrayOf(path, name, scratch string) (data.Table, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return data.Table{}, err
	}
	defer func() { _ = z.Close() }()
	in, err := z.Open(name + ".npy")
	if err != nil {
		return data.Table{}, fmt.Errorf("%s: %w", path, err)
	}
	defer func() { _ = in.Close() }()
	out, err := os.Create(filepath.Join(scratch, name+".npy"))
	if err != nil {
		return data.Table{}, err
	}
	_, err = io.Copy(out, in)
	if e := out.Close(); err == nil {
		err = e
	}
	if err != nil {
		return data.Table{}, err
	}
	return data.ReadTable(out.Name(), data.Options{})
}

// permutation is numpy.random.RandomState(seed).permutation(n): Fisher and Yates from the end, numbers below a bound by masking and rejection.
func permutation(seed uint64, n int) []int {
	source := prng.NewMT19937()
	source.Seed(seed)
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	for i := n - 1; i > 0; i-- {
		mask := uint32(1)
		for mask < uint32(i) {
			mask = mask<<1 | 1
		}
		j := source.Uint32() & mask
		for j > uint32(i) {
			j = source.Uint32() & mask
		}
		list[i], list[j] = list[j], list[i]
	}
	return list
}

// independent are the columns that are neither constant nor, to six digits, linear functions of those before them, by Gram and Schmidt's procedure.
func independent(t data.Table) (kept []string) {
	n := t.Values.Rows
	var basis [][]float64
	for j, name := range t.Columns {
		v, mean := make([]float64, n), 0.0
		for r := range n {
			v[r] = t.Values.Row(r)[j]
			mean += v[r] / float64(n)
		}
		for r := range v {
			v[r] -= mean
		}
		first := norm(v)
		for range 2 { // twice is enough
			for _, b := range basis {
				dot := 0.0
				for r := range v {
					dot += v[r] * b[r]
				}
				for r := range v {
					v[r] -= dot * b[r]
				}
			}
		}
		rest := norm(v)
		if first <= 1e-9*math.Abs(mean)*math.Sqrt(float64(n)) || rest <= 1e-6*first {
			continue
		}
		for r := range v {
			v[r] /= rest
		}
		basis, kept = append(basis, v), append(kept, name)
	}
	return kept
}

func norm(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	return math.Sqrt(sum)
}

// auroc is the probability that an anomaly has a higher score than a normal row, ties counting half. The first rows are the normal ones.
func auroc(scores []float64, normal int) float64 {
	type scored struct {
		score   float64
		anomaly bool
	}
	list := make([]scored, len(scores))
	for i, s := range scores {
		list[i] = scored{s, i >= normal}
	}
	slices.SortFunc(list, func(a, b scored) int {
		switch {
		case a.score < b.score:
			return -1
		case a.score > b.score:
			return 1
		}
		return 0
	})
	sum, below := 0.0, 0.0 // below: normal rows with a lower score
	for i := 0; i < len(list); {
		j, here, anomalies := i, 0.0, 0.0
		for ; j < len(list) && list[j].score == list[i].score; j++ {
			if list[j].anomaly {
				anomalies++
			} else {
				here++
			}
		}
		sum += anomalies * (below + here/2)
		below += here
		i = j
	}
	return sum / float64(normal) / float64(len(scores)-normal)
}
