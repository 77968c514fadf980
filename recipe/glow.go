package recipe

import (
	"fmt"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/nn"
	"diffeo/scalar"
)

// Glow is the multiscale flow of images of Kingma and Dhariwal (arXiv 1807.03039). Image is the shape of the data, whose numbers are the columns; on each of
// Levels scales the image is squeezed and then goes, on its way to the base, through Transforms steps of an activation norm, a 1×1 convolution and an affine
// coupling of channels with the scale σ(raw + 2); half of its channels leave. The 1×1 convolutions are permutations, drawn from Seed, and LU-parametrised
// matrices that begin as the identity. Networks have Hidden[0] channels (128) and ReLUs. A condition enters every layer of them. Errors: a bad field of
// the Config, sides that cannot be halved Levels times.
func Glow(c Config) (flow.Flow, error) {
	image, levels := c.Image, c.Levels
	bad := func(format string, args ...any) (flow.Flow, error) {
		return flow.Flow{}, fmt.Errorf("recipe glow: %w: %s", fault.ErrConfig, fmt.Sprintf(format, args...))
	}
	if levels == 0 {
		levels = 3
	}
	switch {
	case len(image) != 3 || image[0] < 1 || image[1] < 1 || image[2] < 1:
		return bad("Image: %v are not the channels, the height and the width of an image", image)
	case levels < 1 || levels > 30:
		return bad("Levels: %d scales", levels)
	case image[1]%(1<<levels) != 0 || image[2]%(1<<levels) != 0:
		return bad("Levels: an image of %d×%d pixels cannot be halved %d times: pad or resize it to multiples of %d, or use fewer levels", image[1], image[2], levels, 1<<levels)
	case len(c.Hidden) > 1:
		return bad("Hidden: convolutional networks have one width, not %v", c.Hidden)
	case c.Blocks != 0 || c.Norm != "" || c.Dropout != 0:
		return bad("Blocks, Norm, Dropout: the networks of this recipe have three convolutions and nothing else")
	case c.Order != "":
		return bad("Order: channels are permuted at random")
	}
	d := image[0] * image[1] * image[2]
	if c.Dim == 0 {
		c.Dim = d
	}
	if c.Dim != d {
		return bad("Dim: %d columns, and an image of %v has %d numbers", c.Dim, image, d)
	}
	c.Image, c.Levels = nil, 0
	c, err := c.check()
	if err != nil {
		return flow.Flow{}, fmt.Errorf("recipe glow: %w", err)
	}
	m := bijection.Multiscale{Shape: image, Levels: make([]bijection.Bijection, levels)}
	channels := image[0]
	for l := levels - 1; l >= 0; l-- {
		channels *= 4
		m.Levels[l] = c.glowLevel(channels, uint64(l*c.Transforms))
		channels /= 2
	}
	rows := bijection.Chain{Transforms: []bijection.Bijection{m, bijection.Flatten{}}}
	f := flow.Flow{Base: dist.StandardNormal{Dim: c.Dim}, Transform: rows, Context: c.Context}
	if len(c.ContextEmbedding) > 0 {
		f.Transform = bijection.Embed{Net: nn.Embedding{Layers: c.ContextEmbedding, Activation: c.Activation}, Transform: rows}
	}
	if _, err := f.Bind(); err != nil {
		return flow.Flow{}, fmt.Errorf("recipe glow: %w", err)
	}
	return f, nil
}

// glowLevel is the steps of one scale, from the base to the data, on so many channels; number is that of its first step.
func (c Config) glowLevel(channels int, number uint64) bijection.Bijection {
	coupling := bijection.ImageCoupling{
		Map: scalar.Affine{Scale: scalar.Sigmoid{Shift: 2}, Form: scalar.CenterData},
		Net: nn.ConvNet{Hidden: c.width(), Activation: c.Activation},
	}
	var chain bijection.Chain
	for i := range c.Transforms {
		chain.Transforms = append(chain.Transforms, coupling,
			bijection.Conv1x1{Map: bijection.LULinear{NoBias: true}},
			bijection.Conv1x1{Map: bijection.Permute{Order: bijection.RandomOrder(channels, c.Seed+number+uint64(i))}},
			bijection.ActNorm{})
	}
	chain.Transforms = append(chain.Transforms, bijection.Squeeze{})
	return chain
}
