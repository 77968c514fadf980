package model

import (
	"encoding/json"
	"slices"

	"diffeo/data"
	"diffeo/recipe"
)

// The entries of the file's metadata.
const (
	keyFormat   = "format"
	keyVersion  = "version"
	keyModel    = "model"
	keyChecksum = "checksum"

	format = "diffeo"
)

// The versions of the format. A file is written as the first that can hold it, so that equal models stay equal files.
const (
	version1 = "1" // standardization only
	version2 = "2" // columns may have steps
	version3 = "3" // a grid of dequantization may have an offset; Training has the fields of Training.later
	version4 = "4" // the recipes in changed mean other maps than before
	version5 = "5" // Training.Reference and Training.Noise
	version6 = "6" // pictures: metadata.Image; columns may have bounded steps
	version7 = "7" // metadata.Noise; the prior of places
	version8 = "8" // angles in a context; the recipe gf
	newest   = version8
)

// changed are the recipes whose weights of before a version mean other densities today: bnaf has steeper gates, naf places its sigmoids in another way,
// radial has exponentials, sospf logarithms between its polynomials, gf places its components in another way.
var changed = map[string]string{"bnaf": version4, "naf": version4, "radial": version4, "sospf": version4, "gf": version8}

// versionOf is the version that can hold a model, and what asks for it; nothing asks for the first.
func versionOf(m metadata) (version, why string) {
	lists, t := [][]Column{m.Columns, m.Context}, m.Training
	if changed[m.Recipe] == version8 {
		return version8, meantOthers
	}
	if contextAngles(m.Config) {
		return version8, "its context has angles"
	}
	if m.Noise != nil {
		return version7, "its noise was learned"
	}
	if m.Image != nil && priorOf(m.Config) == recipe.PlacesPrior {
		return version7, "its prior is one of places"
	}
	if m.Image != nil {
		return version6, "it is of pictures"
	}
	bounded := func(c Column) bool {
		return slices.ContainsFunc(c.Steps, func(s data.Step) bool { return s.Kind == data.Bounded })
	}
	if slices.ContainsFunc(lists, func(list []Column) bool { return slices.ContainsFunc(list, bounded) }) {
		return version6, "its columns have a bounded step"
	}
	if t.Reference != nil || t.Noise != 0 {
		return version5, "its training has a reference or noise"
	}
	if v, ok := changed[m.Recipe]; ok {
		return v, meantOthers
	}
	version, why = version1, ""
	for _, list := range lists {
		for _, c := range list {
			for _, s := range c.Steps {
				if s.Kind == data.Dequantize && s.Offset != 0 {
					return version3, "its columns have a grid with an offset"
				}
				version, why = version2, "its columns have steps"
			}
		}
	}
	if t.later() {
		return version3, "its training says more than that of version 1"
	}
	return version, why
}

const meantOthers = "its recipe meant other maps before"

// contextAngles reports whether a recipe's configuration names angles in the context.
func contextAngles(config json.RawMessage) bool {
	var c struct {
		ContextAngles []int `json:"context_angles"`
	}
	return json.Unmarshal(config, &c) == nil && len(c.ContextAngles) > 0
}

// priorOf is the prior that a recipe's configuration names; "" for one that cannot be read, which its recipe refuses.
func priorOf(config json.RawMessage) string {
	var c struct {
		Prior string `json:"prior"`
	}
	if json.Unmarshal(config, &c) != nil {
		return ""
	}
	return c.Prior
}

// metadata is the JSON of keyModel, fields in this order.
type metadata struct {
	Recipe    string          `json:"recipe"`
	Config    json.RawMessage `json:"config"`
	Precision string          `json:"precision"`
	Columns   []Column        `json:"columns"`
	Context   []Column        `json:"context"`
	Image     *Image          `json:"image,omitempty"` // says what the columns and the context are, of which there are none then
	Noise     *Noise          `json:"noise,omitempty"`
	Seed      uint64          `json:"seed"`
	Training  Training        `json:"training"`
}
