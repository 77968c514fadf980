package plot

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"

	"diffeo/fault"
)

// History is how mean log-densities went in the course of a training. Lists of steps ascend.
type History struct {
	Steps                []float64 // of Train
	Train                []float64 // means over batches, nats a row
	ValidatedAt          []float64 // steps of Validation
	Validation           []float64 // nats a row
	Best                 float64   // the step whose weights were kept; 0: not marked
	TrainName, ValidName string    // "": "training batches" and "validation rows"
}

// HistoryOf is a History of steps that are whole numbers.
func HistoryOf(steps []int, train []float64, validatedAt []int, validation []float64, best int) History {
	h := History{Train: train, Validation: validation, Best: float64(best)}
	for _, s := range steps {
		h.Steps = append(h.Steps, float64(s))
	}
	for _, s := range validatedAt {
		h.ValidatedAt = append(h.ValidatedAt, float64(s))
	}
	return h
}

// Training draws the curves of a training. The first steps may lie below the picture, so that the later ones can be seen.
//
// Errors: fault.ErrShape for lists of different lengths, fault.ErrData for no points at all.
func Training(h History, o Options) (*Picture, error) {
	width, err := o.width()
	if err != nil {
		return nil, err
	}
	if len(h.Steps) != len(h.Train) || len(h.ValidatedAt) != len(h.Validation) {
		return nil, fmt.Errorf("%w: %d steps for %d values of training, %d for %d of validation", fault.ErrShape, len(h.Steps), len(h.Train), len(h.ValidatedAt), len(h.Validation))
	}
	if len(h.Steps)+len(h.ValidatedAt) == 0 {
		return nil, fmt.Errorf("%w: there is no step to draw", fault.ErrData)
	}
	if h.TrainName == "" {
		h.TrainName = "training batches"
	}
	if h.ValidName == "" {
		h.ValidName = "validation rows"
	}
	head, err := headHeight(o.Title, h.legend(), width)
	if err != nil {
		return nil, err
	}
	return &Picture{width, width*0.5 + head, func(c *canvas) { h.draw(c, o.Title) }}, nil
}

var (
	trainStroke = stroke{blue, 1.6, nil}
	validStroke = stroke{vermilion, 2.2, []float64{7, 3}}
	bestStroke  = stroke{grey, 1.4, []float64{2, 3}}
)

func (h History) legend() (list []entry) {
	if len(h.Train) > 0 {
		list = append(list, entry{h.TrainName, lineMark(trainStroke)})
	}
	if len(h.Validation) > 0 {
		list = append(list, entry{h.ValidName, lineMark(validStroke)})
	}
	if h.Best > 0 {
		list = append(list, entry{fmt.Sprintf("step %.0f, whose weights were kept", h.Best), lineMark(bestStroke)})
	}
	return list
}

// heights are the values that the picture has to show: of the curves without their first tenth of the steps, where there are others.
func (h History) heights() (low, high float64) {
	last := 0.0
	for _, list := range [][]float64{h.Steps, h.ValidatedAt} {
		if len(list) > 0 {
			last = math.Max(last, list[len(list)-1])
		}
	}
	var all, late []float64
	for _, k := range []struct{ at, y []float64 }{{h.Steps, h.Train}, {h.ValidatedAt, h.Validation}} {
		for i, y := range k.y {
			if y-y != 0 {
				continue
			}
			all = append(all, y)
			if k.at[i] > last/10 {
				late = append(late, y)
			}
		}
	}
	if len(late) > 1 {
		all = late
	}
	if len(all) == 0 {
		return 0, 1
	}
	return widened(slices.Min(all), slices.Max(all), 0.06)
}

func (h History) draw(c *canvas, title string) {
	top := c.head(title, h.legend()) - px(4)
	p := panel{canvas: c, over: px(10)}
	last := 1.0
	for _, list := range [][]float64{h.Steps, h.ValidatedAt} {
		if len(list) > 0 {
			last = math.Max(last, list[len(list)-1])
		}
	}
	low, high := h.heights()
	p.x = axis{low: 0, high: 1.02 * last, name: "step"}
	p.y = axis{low: low, high: high, name: "mean log-density (nats a row)"}
	under := belowOf(p.x) + px(8)
	p.in = vg.Rectangle{Min: vg.Point{X: c.leftOf(p.y, top-under) + px(12), Y: under}, Max: vg.Point{X: c.Max.X - px(24), Y: top}}
	if h.Best > 0 {
		p.line(bestStroke, p.at(h.Best, low), p.at(h.Best, high))
	}
	p.curve(trainStroke, h.Steps, h.Train)
	p.curve(validStroke, h.ValidatedAt, h.Validation)
	if len(h.Validation) < 30 {
		for i, x := range h.ValidatedAt {
			p.dot(stroke{vermilion, 6, nil}, x, h.Validation[i])
		}
	}
	p.frame()
}
