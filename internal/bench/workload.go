// Package bench times training, scoring and sampling of the flows that a workloads file describes, and prints one JSON line for
// each measurement. It is the work of the command `diffeo bench`.
package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/nn"
	"diffeo/scalar"
)

// Workload describes a flow and the sizes of its batches.
type Workload struct {
	Name       string  `json:"name"`
	Kind       string  `json:"kind"`       // "maf", "coupling" or "glow"
	Univariate string  `json:"univariate"` // "affine" or "rqs"
	Bins       int     `json:"bins"`       // of rqs
	Bound      float64 `json:"bound"`      // of rqs: linear beyond ±Bound
	Dim        int     `json:"dim"`
	Transforms int     `json:"transforms"`
	Hidden     []int   `json:"hidden"`  // units of the conditioner's hidden layers (ReLU)
	Order      string  `json:"order"`   // of columns from one autoregressive transform to the next: "reversed" (also "")
	Between    string  `json:"between"` // of couplings: "permutation" (also "") or "swap"
	Context    int     `json:"context"` // columns of the condition

	Shape    []int `json:"shape"`           // of glow: channels, height and width of the images
	Levels   int   `json:"levels"`          // of glow
	Steps    int   `json:"steps"`           // of glow: on each level
	Channels int   `json:"hidden_channels"` // of glow's networks

	Recompute bool `json:"recompute"` // for gradients transforms are computed once more (bijection.Chain)

	TrainBatch int `json:"train_batch"`
	EvalBatch  int `json:"eval_batch"`
}

// Load reads one workload of a file. Errors (fault.ErrConfig) name the file, the workload and the field.
func Load(path, key string) (Workload, error) {
	var w Workload
	data, err := os.ReadFile(path)
	if err != nil {
		return w, fmt.Errorf("%w: workloads: %w", fault.ErrConfig, err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return w, fmt.Errorf("%w: %s is not a JSON object of workloads: %w", fault.ErrConfig, path, err)
	}
	raw, ok := all[key]
	if !ok {
		var names []string
		for name := range all {
			names = append(names, name)
		}
		slices.Sort(names)
		return w, fmt.Errorf("%w: %s has no workload %q; it has %s", fault.ErrConfig, path, key, strings.Join(names, ", "))
	}
	if err := json.Unmarshal(raw, &w); err != nil {
		return w, fmt.Errorf("%w: %s, workload %s: %w", fault.ErrConfig, path, key, err)
	}
	if err := w.check(); err != nil {
		return w, fmt.Errorf("%s, workload %s: %w", path, key, err)
	}
	return w, nil
}

func (w *Workload) check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", fault.ErrConfig, fmt.Sprintf(format, args...))
	}
	if w.Kind == "glow" {
		return w.checkGlow()
	}
	switch {
	case w.Kind != "maf" && w.Kind != "coupling":
		return bad("kind %q is neither maf, coupling nor glow", w.Kind)
	case w.Univariate != "affine" && w.Univariate != "rqs":
		return bad("univariate %q is neither affine nor rqs", w.Univariate)
	case w.Univariate == "rqs" && (w.Bins < 1 || !(w.Bound > 0)):
		return bad("a spline needs bins and bound, not %d and %g", w.Bins, w.Bound)
	case w.Dim < 1 || w.Transforms < 1 || w.Context < 0:
		return bad("dim %d, transforms %d, context %d", w.Dim, w.Transforms, w.Context)
	case w.TrainBatch < 1 || w.EvalBatch < 1:
		return bad("train_batch %d and eval_batch %d must be positive", w.TrainBatch, w.EvalBatch)
	case w.Kind == "maf" && w.Order != "" && w.Order != "reversed":
		return bad("order %q is not reversed", w.Order)
	case w.Kind == "coupling" && w.Between != "" && w.Between != "permutation" && w.Between != "swap":
		return bad("between %q is neither permutation nor swap", w.Between)
	case w.Kind == "coupling" && w.Between == "swap" && w.Dim < 2:
		return bad("between swap needs two columns or more, not %d: a column has nothing to change places with", w.Dim)
	case slices.ContainsFunc(w.Hidden, func(h int) bool { return h < 1 }):
		return bad("hidden %v", w.Hidden)
	}
	if w.Hidden == nil {
		w.Hidden = []int{}
	}
	return nil
}

// Flow builds the described flow on a standard normal base.
func (w Workload) Flow() flow.Flow {
	if w.Kind == "glow" {
		f, err := w.glow()
		if err != nil {
			panic(err) // check has built it
		}
		return f
	}
	chain := bijection.Chain{Recompute: w.Recompute}
	for i := range w.Transforms {
		if w.Kind == "maf" {
			order := bijection.Reversed(w.Dim)
			if i%2 == 0 {
				slices.Reverse(order)
			}
			chain.Transforms = append(chain.Transforms, bijection.Autoregressive{Order: order, Map: w.scalarMap(), Net: nn.MADE{Hidden: w.Hidden}})
			continue
		}
		mask := make([]bool, w.Dim) // the first half conditions the rest
		for d := range mask {
			mask[d] = d < w.Dim/2
		}
		if w.Between == "swap" && i%2 == 1 {
			for d := range mask {
				mask[d] = !mask[d]
			}
		} else if w.Between != "swap" && i > 0 {
			chain.Transforms = append(chain.Transforms, bijection.Permute{Order: bijection.RandomOrder(w.Dim, uint64(i))})
		}
		chain.Transforms = append(chain.Transforms, bijection.Coupling{Mask: mask, Map: w.scalarMap(), Net: nn.MLP{Hidden: w.Hidden}})
	}
	return flow.Flow{Base: dist.StandardNormal{Dim: w.Dim}, Transform: chain, Context: w.Context}
}

func (w Workload) scalarMap() scalar.Map {
	if w.Univariate == "rqs" {
		return scalar.RationalQuadratic{Bins: w.Bins, Low: -w.Bound, High: w.Bound}
	}
	return scalar.Affine{Form: scalar.ScaleData}
}
