package data

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// maxClasses bounds classes that are numbers: they are counted from 0.
const maxClasses = 1 << 16

// labelled reads the classes of a file of pictures from another one.
func (p *packedImages) labelled(path string) error {
	if path == "" {
		return nil
	}
	var err error
	if p.labels, err = readLabels(path); err != nil {
		return err
	}
	p.names = numberNames(slices.Max(p.labels) + 1)
	return nil
}

// readLabels reads an IDX file of one axis, or a table of one column of whole numbers. There is one label at least.
func readLabels(path string) ([]int, error) {
	s, err := openSource(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }()
	if start, _ := s.Peek(4); len(start) == 4 && start[0] == 0 && start[1] == 0 {
		return readIDXLabels(s)
	}
	t, err := ReadTable(path, Options{})
	if err != nil {
		return nil, err
	}
	if len(t.Columns) != 1 {
		return nil, problemf(path, "it has %d columns (%s); labels are one column of whole numbers", len(t.Columns), listed(t.Columns))
	}
	labels := make([]int, t.Values.Rows)
	for r := range labels {
		v := t.Values.Row(r)[0]
		if v < 0 || v >= maxClasses || v != float64(int(v)) {
			return nil, problemf(path, "row %d: %v is no class; classes are whole numbers from 0 to %d", r+1, v, maxClasses-1)
		}
		labels[r] = int(v)
	}
	return labels, nil
}

func readIDXLabels(s *source) ([]int, error) {
	shape, _, err := readIDXHeader(s)
	if err != nil {
		return nil, err
	}
	if len(shape) != 1 {
		return nil, problemf(s.name, "it has %d axes; labels have 1", len(shape))
	}
	b, err := io.ReadAll(io.LimitReader(s, int64(shape[0])+1))
	switch {
	case err != nil:
		return nil, readProblem(s.name, err)
	case len(b) < shape[0]:
		return nil, problemf(s.name, "it is cut short: its header promises %d labels, %d are there; write or copy it again", shape[0], len(b))
	case len(b) > shape[0]:
		return nil, problemf(s.name, "more bytes follow its %d labels; write or copy it again", shape[0])
	case len(b) == 0:
		return nil, problemf(s.name, "it has no labels")
	}
	labels := make([]int, len(b))
	for i, v := range b {
		labels[i] = int(v)
	}
	return labels, nil
}

// fileLabel is a label and the line that gives it.
type fileLabel struct {
	name string
	line int
}

// readFileLabels reads a CSV file of path,label.
func readFileLabels(path string) (map[string]fileLabel, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, readProblem(path, err)
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte(byteOrderMark))))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	labels := map[string]fileLabel{}
	for first := true; ; first = false {
		record, err := r.Read()
		if err == io.EOF {
			break
		}
		if e, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, problemf(path, "line %d: %v", e.Line, e.Err)
		} else if err != nil {
			return nil, readProblem(path, err)
		}
		line, _ := r.FieldPos(0)
		if len(record) != 2 {
			return nil, problemf(path, "line %d has %d cells; a line is path,label", line, len(record))
		}
		name, label := strings.TrimSpace(record[0]), strings.TrimSpace(record[1])
		switch before, twice := labels[name]; {
		case first && name == "path" && label == "label":
			continue
		case name == "" || label == "":
			return nil, problemf(path, "line %d misses its path or its label", line)
		case twice:
			return nil, problemf(path, "line %d: %q has a label already, on line %d", line, name, before.line)
		}
		labels[name] = fileLabel{label, line}
	}
	if len(labels) == 0 {
		return nil, problemf(path, "it has no lines of path,label")
	}
	return labels, nil
}

// numberClasses gives classes their numbers: labels that are all whole numbers are those, others are sorted. It returns the classes' names.
func numberClasses(labels []string) (classes []int, names []string) {
	classes = make([]int, len(labels))
	largest := -1
	for i, s := range labels {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 || n >= maxClasses || strconv.Itoa(n) != s {
			largest = -1
			break
		}
		classes[i], largest = n, max(largest, n)
	}
	if largest >= 0 {
		return classes, numberNames(largest + 1)
	}
	names = slices.Clone(labels)
	slices.Sort(names)
	names = slices.Compact(names)
	for i, s := range labels {
		classes[i], _ = slices.BinarySearch(names, s)
	}
	return classes, names
}
