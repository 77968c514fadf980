package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"diffeo/fault"
	"diffeo/flow"
	"diffeo/recipe"
)

// Recipe makes a flow of a configuration that was stored in a model file. It must treat the configuration as data from a stranger: check
// it and return errors.
type Recipe func(config json.RawMessage) (flow.Flow, error)

// Option changes how a model is read.
type Option func(*options)

type options struct{ recipes map[string]Recipe }

// With adds recipes of one's own to those of package recipe. A name of theirs is replaced.
func With(table map[string]Recipe) Option {
	return func(o *options) { maps.Copy(o.recipes, table) }
}

// standard is the table of the recipes of package recipe, and of flows that are described layer by layer, for a file of so many bytes.
func standard(size int) map[string]Recipe {
	table := map[string]Recipe{}
	for _, name := range slices.Concat(recipe.Names(), recipe.ImageNames()) {
		table[name] = func(config json.RawMessage) (flow.Flow, error) {
			var c recipe.Config
			if err := strict(config, &c); err != nil {
				return flow.Flow{}, err
			}
			if err := Modest(name, c, size); err != nil {
				return flow.Flow{}, err
			}
			return recipe.New(name, c)
		}
	}
	table[recipe.LayersName] = func(config json.RawMessage) (flow.Flow, error) {
		var c recipe.Layers
		if err := strict(config, &c); err != nil {
			return flow.Flow{}, err
		}
		if err := Affordable(c.Weights(), size); err != nil {
			return flow.Flow{}, err
		}
		return recipe.FromLayers(c)
	}
	return table
}

// Modest refuses a configuration of a recipe whose flow would have far more weights than the file has bytes: binding it takes memory, and a few
// bytes of a damaged or hostile file must not decide how much. For a Recipe of one's own, whose parts are of package recipe. The error wraps fault.ErrConfig.
func Modest(name string, c recipe.Config, size int) error {
	n := func(x int) float64 { return math.Max(0, float64(x)) } // what is negative the recipe refuses
	if slices.Contains(recipe.ImageNames(), name) {
		return Affordable(imageWeights(c), size)
	}
	dim, blocks := n(c.Dim), n(c.Blocks)
	seen, embedding := n(c.Context)+float64(len(c.ContextAngles)), 0. // what the networks see of the condition, and the weights of what shows it to them
	for _, h := range c.ContextEmbedding {
		embedding += 200 + (seen+1)*n(h)
		seen = n(h)
	}
	total, width := dim*dim+200*(1+blocks), dim+seen                                                                   // dim²: a linear map between transforms; 200: work for each layer
	hidden, gives, round := c.Hidden, dim*math.Max(2, 3*n(c.Bins)+(n(c.Degree)+3)*(n(c.Components)+3)+n(c.Signal)), 0. // a network gives the parameters of a map of every column
	switch name {
	case "planar", "radial", "sylvester", "triangular-spline":
		if c.Context <= 0 {
			hidden = nil // there is no network
		}
		if name == "sylvester" {
			gives = 2*dim*dim + dim
		}
	case "bnaf":
		round = dim // the units of a layer are a multiple of the columns
	}
	for _, h := range hidden {
		total += (width + 1) * (n(h) + round)
		width = n(h) + round
	}
	total += width * gives
	if len(hidden) > 0 {
		total += 2 * blocks * n(hidden[0]) * n(hidden[0])
	}
	return Affordable(total*math.Max(1, n(c.Transforms))+embedding, size)
}

// imageWeights is about how many weights a flow of images has, and the numbers of an image, for each of which its graph does some work.
func imageWeights(c recipe.Config) float64 {
	total, channels, hidden := 1., 1., 128.
	for i, n := range c.Image {
		total *= math.Max(1, float64(n))
		if i == 0 {
			channels = math.Max(1, float64(n))
		}
	}
	if len(c.Hidden) > 0 {
		hidden = math.Max(0, float64(c.Hidden[0]))
	}
	context, steps, blocks := math.Max(0, float64(c.Context)), math.Max(1, float64(c.Transforms)), math.Max(0, float64(c.Blocks))
	outs := 9 * math.Max(2, 3*float64(c.Bins)) / 2 // of the last layer, a channel
	for range min(max(1, c.Levels), 64) {
		channels *= 4
		total += steps * (200 + channels*channels + (9*channels/2+hidden+outs*channels+(3+2*blocks)*context+2*blocks*(9*hidden+100))*hidden)
		channels /= 2
	}
	return total
}

// Affordable refuses so many weights from a file of so many bytes: for a Recipe of one's own. The error wraps fault.ErrConfig.
func Affordable(weights float64, size int) error {
	if limit := 64*float64(size) + 1<<20; !(weights <= limit) {
		return fmt.Errorf("%w: the configuration asks for some %.2g weights, the file has %d bytes", fault.ErrConfig, weights, size)
	}
	return nil
}

// strict decodes one JSON value without unknown fields and with nothing behind it.
func strict(b []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("something follows the JSON value")
	}
	return nil
}
