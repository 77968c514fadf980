package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
)

// table is the result of a sweep: time a row by size.
type table struct {
	name   string // of the files
	x      string // the first column's name
	title  string
	note   string // flow and number of threads
	xLabel string
	at     []float64 // sizes
	series []series
	limit  float64 // of what is drawn: a line that should not be crossed; 0: none
}

// series is one kind of work: microseconds a row for each size.
type series struct {
	name   string
	micros []float64
}

// relative is a series in units of its first number.
func (s series) relative() []float64 {
	y := make([]float64, len(s.micros))
	for i, v := range s.micros {
		y[i] = v / s.micros[0]
	}
	return y
}

// writeCSV writes sizes, microseconds a row and these in units of the smallest size's.
func (t table) writeCSV(folder string) error {
	head := []string{t.x}
	for _, s := range t.series {
		head = append(head, s.name+"_us_per_row", s.name+"_relative")
	}
	records := [][]string{head}
	for i, x := range t.at {
		r := []string{strconv.FormatFloat(x, 'f', -1, 64)}
		for _, s := range t.series {
			r = append(r, strconv.FormatFloat(s.micros[i], 'g', 5, 64), strconv.FormatFloat(s.relative()[i], 'f', 4, 64))
		}
		records = append(records, r)
	}
	f, err := os.Create(filepath.Join(folder, t.name+".csv"))
	if err != nil {
		return err
	}
	if err := csv.NewWriter(f).WriteAll(records); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
