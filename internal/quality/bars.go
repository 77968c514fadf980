package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"diffeo/data"
)

// bar is what the runs of another library on one table gave, in the same units as a result.
type bar struct {
	set, peer  string
	validation []float64
	test       []float64 // of a table without a test part: the validation
	cpu        []float64 // processor seconds of the training steps alone, one thread
	logDet     float64   // what test log-densities of standardized columns are larger by
}

// readBars reads the other libraries' results, by set and name: those of the shared folder, and further seeds by the same script, which lie
// beside our results.
func (c config) readBars() (map[[2]string]*bar, error) {
	bars := map[[2]string]*bar{}
	if err := addBars(bars, filepath.Join(c.shared, "bench", "quality", "results.csv")); err != nil {
		return nil, err
	}
	more := strings.TrimSuffix(c.out, ".jsonl") + "-peers.csv"
	if err := addBars(bars, more); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return bars, nil
}

// addBars adds the runs of a file.
func addBars(bars map[[2]string]*bar, path string) error {
	columns, records, err := readCSV(path)
	if err != nil {
		return err
	}
	for line, record := range records {
		at := func(column string) string { return record[columns[column]] }
		number := func(column string) float64 {
			x, e := strconv.ParseFloat(at(column), 64)
			if e != nil && err == nil {
				err = fmt.Errorf("%s, line %d, %s: %w", path, line+2, column, e)
			}
			return x
		}
		id := [2]string{at("set"), at("peer")}
		b := bars[id]
		if b == nil {
			b = &bar{set: id[0], peer: id[1]}
			bars[id] = b
		}
		b.validation = append(b.validation, number("val_ll"))
		b.cpu = append(b.cpu, number("train_cpu_s"))
		if at("test_ll_raw") == "" {
			b.test = append(b.test, number("val_ll"))
			continue
		}
		b.test = append(b.test, number("test_ll_raw"))
		b.logDet = number("test_ll") - number("test_ll_raw")
	}
	return err
}

// readCSV is a file's rows, and the place of each column by its name.
func readCSV(path string) (columns map[string]int, rows [][]string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, nil, err
	}
	if len(records) < 2 {
		return nil, nil, fmt.Errorf("%s holds no rows", path)
	}
	columns = map[string]int{}
	for i, name := range records[0] {
		columns[name] = i
	}
	return columns, records[1:], nil
}

// bestBar is the library with the largest mean on a table; nil, where none has figures.
func bestBar(bars map[[2]string]*bar, set string, of func(*bar) []float64) (best *bar) {
	for id, b := range bars {
		if id[0] == set && (best == nil || mean(of(b)) > mean(of(best))) {
			best = b
		}
	}
	return best
}

// difference is a mean over rows with its standard error.
type difference struct {
	Mean  float64 `json:"mean"`
	Error float64 `json:"se"`
}

// paired compares the log-densities of test rows with those of the other libraries, of which there may be none.
func (c config) paired(t table, rows []float64) (map[string]difference, error) {
	bars, err := c.readBars()
	if err != nil {
		return nil, err
	}
	out := map[string]difference{}
	for id, b := range bars {
		if id[0] != t.name {
			continue
		}
		theirs, err := c.theirRows(b, len(rows))
		if err != nil {
			return nil, err
		}
		if theirs == nil {
			continue
		}
		d := make([]float64, 0, len(rows))
		for i := range rows {
			if x := rows[i] + b.logDet - theirs[i]; x-x == 0 {
				d = append(d, x)
			}
		}
		m := mean(d)
		out[b.peer] = difference{m, deviation(d, m) / math.Sqrt(float64(len(d)))}
	}
	return out, nil
}

// theirRows are the log-densities of standardized test rows, the mean of all runs that have them; nil, where none has.
func (c config) theirRows(b *bar, rows int) ([]float64, error) {
	files, err := filepath.Glob(filepath.Join(c.shared, "bench", "quality", "lp", b.set+"-"+b.peer+"-*.npy"))
	if err != nil || len(files) == 0 {
		return nil, err
	}
	sum := make([]float64, rows)
	for _, file := range files {
		t, err := data.ReadTable(file, data.Options{})
		if err != nil {
			return nil, err
		}
		if t.Values.Rows != rows {
			return nil, fmt.Errorf("%s has %d rows, the test part %d", file, t.Values.Rows, rows)
		}
		for i := range rows {
			sum[i] += t.Values.Row(i)[0] / float64(len(files))
		}
	}
	return sum, nil
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

func deviation(x []float64, mean float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += (v - mean) * (v - mean)
	}
	return math.Sqrt(sum / float64(max(1, len(x)-1)))
}
