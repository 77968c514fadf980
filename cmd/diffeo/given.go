package main

import (
	"math"
	"os"
	"strconv"
	"strings"

	"diffeo/data"
	"diffeo/matrix"
	"diffeo/model"
)

// givenHelp is a part of the help of the commands that take a context.
const givenHelp = `The context is a table with the context columns, or one row written out: --given NAME=NUMBER,NAME=NUMBER.`

// givenFits says whether a model has a context where --given is there, and only there.
func givenFits(m *model.Model, path, given string) error {
	switch {
	case len(m.Context) > 0 && given == "":
		return usagef("%s is conditioned on %v: give a table with these columns, or a number for each, by --given", path, model.Names(m.Context))
	case len(m.Context) == 0 && given != "":
		return usagef("%s has no context: leave --given out", path)
	}
	return nil
}

// openGiven opens the context of a model: a table, or the one row that the text is.
func openGiven(m *model.Model, text string, o data.Options) (data.Reader, error) {
	if _, err := os.Stat(text); err == nil || data.IsDatabase(text) || !strings.Contains(text, "=") {
		return openFor(m, text, o)
	}
	if o.Query != "" {
		return nil, usagef("--query needs the address of a database in --given; %q is a row", text)
	}
	values := map[string]float64{}
	for part := range strings.SplitSeq(text, ",") {
		name, number, ok := strings.Cut(part, "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" {
			return nil, usagef("--given %q: %q is not NAME=NUMBER, and there is no file of that name; write x=1,y=2, or name a table", text, part)
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, usagef("--given %q: %q is not a finite number", text, number)
		}
		if _, twice := values[name]; twice {
			return nil, usagef("--given %q: %q is given twice", text, name)
		}
		values[name] = v
	}
	row := data.Table{Source: "--given", Values: matrix.New[float64](1, len(m.Context))}
	for i, c := range m.Context {
		v, ok := values[c.Name]
		if !ok {
			return nil, usagef("--given %q: the model is conditioned on %s; give each of them a number", text, strings.Join(model.Names(m.Context), ", "))
		}
		row.Columns = append(row.Columns, c.Name)
		row.Values.Row(0)[i] = v
		delete(values, c.Name)
	}
	for name := range values {
		return nil, usagef("--given %q: the model has no context %q (it has %s)", text, name, strings.Join(model.Names(m.Context), ", "))
	}
	return row.Reader(), nil
}
