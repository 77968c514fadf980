package report

import (
	"context"
	"fmt"
	"math"
	"slices"

	"diffeo/matrix"
	"diffeo/model"
	"diffeo/plot"
)

// nan marks nothing on the axis of a density.
var nan = math.NaN()

// mostConditioned is the number of columns whose densities under conditions are drawn.
const mostConditioned = 3

// condition is a row of the table under whose condition densities are drawn.
type condition struct {
	name string
	row  int // of the rows that were checked
}

// conditionsOf chooses three rows or fewer: those at 10, 50 and 90 % of the first column of the condition. None for a model without context.
func conditionsOf(cond matrix.Matrix[float64]) (list []condition) {
	order := make([]int, cond.Rows)
	for r := range order {
		order[r] = r
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch x, y := cond.Row(a)[0], cond.Row(b)[0]; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	for _, share := range []float64{0.1, 0.5, 0.9} {
		if cond.Rows == 0 {
			break
		}
		at := order[int(share*float64(len(order)-1)+0.5)]
		if len(list) > 0 && list[len(list)-1].row == at {
			continue
		}
		list = append(list, condition{fmt.Sprint("condition ", len(list)+1), at})
	}
	return list
}

// conditionFigures draws the densities of the first columns under some conditions.
func conditionFigures(ctx context.Context, in Input, d *model.Density) (list []figure, err error) {
	chosen := conditionsOf(in.Rows.Cond)
	if len(chosen) == 0 {
		return nil, nil
	}
	var draws []matrix.Matrix[float64]
	for i, c := range chosen {
		x, _, err := Draws(ctx, d, len(in.Model.Columns), in.Rows.Cond.Slice(c.row, c.row+1), shownDraws, in.Seed+uint64(i))
		if err != nil {
			return nil, err
		}
		draws = append(draws, x)
	}
	for j, name := range model.Names(in.Model.Columns)[:min(len(in.Model.Columns), mostConditioned)] {
		var lists [][]float64
		var seen []float64
		for i, c := range chosen {
			lists = append(lists, column(draws[i], j))
			seen = append(seen, in.Rows.X.Row(c.row)[j])
		}
		low, high := plot.Span(append(lists, seen)...)
		var curves []plot.Curve
		for i, c := range chosen {
			at := plot.Grid(low, high, 401)
			curves = append(curves, plot.Curve{Name: c.name, X: at, Y: plot.Smooth(lists[i], at), Truth: seen[i]})
		}
		p, err := plot.Density(name, curves, plot.Sample{}, plot.Options{})
		if err != nil {
			return nil, err
		}
		f := figure{name: fmt.Sprintf("conditions-%d", j+1), title: "What does the condition change in " + name + "?", picture: p}
		if j == 0 {
			f.caption = "The density of the column under the conditions of the table above, by draws; the dot of each is the row that the condition is of. Curves that lie on each other say that the condition tells nothing of the column, or that the model did not learn what it tells." +
				more(len(in.Model.Columns), mostConditioned)
		}
		list = append(list, f)
	}
	return list, nil
}

// column copies a column.
func column(x matrix.Matrix[float64], j int) []float64 {
	out := make([]float64, x.Rows)
	for r := range out {
		out[r] = x.Row(r)[j]
	}
	return out
}

// conditions is the table of the conditions that rows were checked under; nothing for a model without context.
func conditions(in Input) markup {
	chosen := conditionsOf(in.Rows.Cond)
	if len(chosen) == 0 {
		return ""
	}
	head := []markup{element("th", "column"), element("th.number", "smallest"), element("th.number", "middle"), element("th.number", "largest")}
	for _, c := range chosen {
		head = append(head, element("th.number", text(c.name)))
	}
	rows := []markup{element("tr", head...)}
	for j, name := range model.Names(in.Model.Context) {
		x := column(in.Rows.Cond, j)
		var own []float64
		for _, c := range chosen {
			own = append(own, x[c.row])
		}
		slices.Sort(x)
		cells := []markup{element("th", text(name))}
		for _, v := range append([]float64{x[0], x[(len(x)-1)/2], x[len(x)-1]}, own...) {
			cells = append(cells, element("td.number", number(v)))
		}
		rows = append(rows, element("tr", cells...))
	}
	return element("section", element("h2", "Conditions"),
		element("p", "Each row was compared with draws under its own condition. These are the conditions of the rows that were checked, and those of three of the rows, at 10, 50 and 90 % of the first column, for the pictures."),
		element("div.scroll", element("table.tails", element("tbody", rows...))))
}

// number is one of a table.
func number(v float64) markup {
	if math.IsNaN(v) {
		return "–"
	}
	return textf("%.4g", v)
}
