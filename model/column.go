package model

import (
	"fmt"
	"strings"

	"diffeo/data"
)

// Column is a column of the table that a model was fitted to. Before the flow sees a number it goes through the Steps, x ↦ y, and is
// scaled as z = (y − Mean)/Std; see data.Preprocessing.
type Column struct {
	Name  string      `json:"name"`
	Mean  float64     `json:"mean"`
	Std   float64     `json:"std"` // above 0
	Steps []data.Step `json:"steps,omitempty"`
}

// String names the column and its preprocessing.
func (c Column) String() string {
	var steps strings.Builder
	for _, s := range c.Steps {
		fmt.Fprintf(&steps, "%v, ", s)
	}
	return fmt.Sprintf("%s (%smean %.6g, standard deviation %.6g)", c.Name, &steps, c.Mean, c.Std)
}

// Columned joins names with their preprocessing.
func Columned(names []string, p data.Preprocessing) ([]Column, error) {
	if err := p.Check(len(names)); err != nil {
		return nil, err
	}
	list := make([]Column, len(names))
	for i, name := range names {
		list[i] = Column{Name: name, Mean: p.Scale.Mean[i], Std: p.Scale.Std[i]}
		if p.Steps != nil {
			list[i].Steps = p.Steps[i]
		}
	}
	return list, nil
}

// Names lists the names of columns.
func Names(columns []Column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return names
}

// Preprocessing is that of the columns.
func Preprocessing(columns []Column) data.Preprocessing {
	p := data.Preprocessing{Scale: data.Standardization{Mean: make([]float64, len(columns)), Std: make([]float64, len(columns))}}
	for i, c := range columns {
		p.Scale.Mean[i], p.Scale.Std[i] = c.Mean, c.Std
		if len(c.Steps) > 0 && p.Steps == nil {
			p.Steps = make([][]data.Step, len(columns))
		}
		if len(c.Steps) > 0 {
			p.Steps[i] = c.Steps
		}
	}
	return p
}
