package optest

import (
	"context"
	"hash/fnv"
	"math"
	"math/rand/v2"

	"diffeo/graph"
	"diffeo/ref"
)

// Inputs makes data for a graph of the case. It is a function of the seed and of each input's name, a row's numbers do not depend on how many
// rows there are, and every number is a float32, so that engines of either type see the same.
func (c Case) Inputs(g *graph.Graph, rows int, seed uint64) map[string][]float64 {
	data := map[string][]float64{}
	for _, n := range g.Inputs {
		name, t := string(n.Attr.(graph.Name)), n.Out[0]
		o := Operand{Shape: t.Shape, Shared: t.Rows == 0} // a projection's weights
		for i := range c.In {
			if InName(i) == name {
				o = c.In[i]
			}
		}
		if name == KeyName {
			o.Values = []float64{3735928559, float64(uint32(seed))}
		}
		h := fnv.New64a()
		h.Write([]byte(name))
		lanes := 1
		if !o.Shared {
			lanes = rows
		}
		r := rand.New(rand.NewPCG(h.Sum64(), seed))
		x := make([]float64, 0, lanes*t.Shape.Size())
		for l := range lanes {
			x = append(x, o.lane(r, l)...)
		}
		data[name] = x
	}
	return data
}

// lane draws the elements of one lane.
func (o Operand) lane(r *rand.Rand, l int) []float64 {
	x := make([]float64, o.Shape.Size())
	switch {
	case len(o.Values) > 0:
		for i := range x {
			x[i] = o.Values[(i+l)%len(o.Values)]
		}
		return x
	case o.DType == graph.Bool:
		for i := range x {
			x[i] = float64(r.IntN(2))
			if !o.Shared { // the operand is input > 0
				x[i] = 2*x[i] - 1
			}
		}
		return x
	}
	low, high := o.interval()
	if o.Groups > 1 {
		half := jitter / 2 * (high - low)
		low, high = low+half, high-half
	}
	cells := r.Perm(len(x))
	for i := range x {
		for {
			u := r.Float64()
			if o.Distinct {
				u = (float64(cells[i]) + 0.25 + 0.5*u) / float64(len(x))
			}
			x[i] = low + u*(high-low)
			if o.Step != 0 {
				x[i] = o.Step * (math.Floor(x[i]/o.Step) + o.Phase)
			}
			x[i] = float64(float32(x[i]))
			if !o.nearKink(x[i], high-low) {
				break
			}
		}
	}
	return x
}

func (o Operand) nearKink(x, width float64) bool {
	margin := 0.02 * width
	if o.Groups > 1 {
		low, high := o.interval()
		margin += jitter / 2 * (high - low)
	}
	for _, k := range o.Avoid {
		if math.Abs(x-k) < margin {
			return true
		}
	}
	return false
}

// Run runs a graph of the case on the reference interpreter.
func Run(g *graph.Graph, rows int, inputs map[string][]float64) (map[string][]float64, error) {
	r, err := ref.Run(context.Background(), g, ref.Call{Rows: rows, Inputs: inputs})
	return r.Outputs, err
}
