package recipe

import (
	"fmt"
	"slices"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/scalar"
)

// What latents of images follow.
const (
	StandardPrior = "standard" // N(0, 1)
	ChannelPrior  = "channels" // dist.ChannelNormal: a learned mean and deviation for each channel
	LearnedPrior  = "learned"  // that at the coarsest scale; at the others means and deviations that a convolution computes from the channels that stay (Glow)
	PlacesPrior   = "places"   // that convolution, before which every latent has a mean and a deviation of its own, linear functions of the condition: dist.ConditionalNormal
)

// The maps of couplings of images.
const (
	AffineCoupling   = "affine"
	AdditiveCoupling = "additive" // shifts alone: the channels keep their volumes
	SplineCoupling   = "spline"   // rational-quadratic splines with Bins and Bound
)

// images is a multiscale flow of images in which level builds the steps of scale l, from the base to the data, between images of so many channels and of a
// quarter of them. c.Transforms has its value there.
func (c Config) images(name string, transforms int, level func(c Config, l, channels int) []bijection.Bijection) (flow.Flow, error) {
	bad := func(err error) (flow.Flow, error) { return flow.Flow{}, fmt.Errorf("recipe %s: %w", name, err) }
	c, err := c.image(transforms)
	if err != nil {
		return bad(err)
	}
	m := bijection.Multiscale{Shape: c.Image, Levels: make([]bijection.Bijection, c.Levels)}
	latents := make([]graph.Shape, c.Levels)
	shape := graph.Shape(c.Image)
	for l := c.Levels - 1; l >= 0; l-- {
		shape = graph.Shape{4 * shape[0], shape[1] / 2, shape[2] / 2}
		chain := bijection.Chain{Recompute: c.Recompute}
		latents[l] = shape
		if l > 0 {
			latents[l] = graph.Shape{shape[0] / 2, shape[1], shape[2]}
			if c.Prior == LearnedPrior || c.Prior == PlacesPrior {
				chain.Transforms = append(chain.Transforms, bijection.ImageCoupling{Net: nn.Convolution{}})
			}
		}
		chain.Transforms = append(chain.Transforms, level(c, l, shape[0])...)
		m.Levels[l] = chain
		shape = graph.Shape{shape[0] / 2, shape[1], shape[2]}
	}
	rows := bijection.Chain{Transforms: []bijection.Bijection{m}}
	switch c.Pixels {
	case CenteredPixels:
		rows.Transforms = append(rows.Transforms, bijection.Pixels{})
	case LogitPixels:
		rows.Transforms = append(rows.Transforms, bijection.Pixels{Logit: 0.05})
	}
	rows.Transforms = append(rows.Transforms, bijection.Flatten{})
	f := flow.Flow{Base: c.imageBase(latents), Transform: rows, Context: c.Context}
	if len(c.ContextEmbedding) > 0 {
		f.Transform = bijection.Embed{Net: nn.Embedding{Layers: c.ContextEmbedding, Activation: c.Activation}, Transform: rows}
	}
	if _, err := f.Bind(); err != nil {
		return bad(err)
	}
	return f, nil
}

// imageBase is the density of latents, the coarsest first.
func (c Config) imageBase(latents []graph.Shape) dist.Distribution {
	switch top := latents[0].Size(); {
	case c.Prior == PlacesPrior && c.Context > 0:
		return dist.ConditionalNormal{Dim: c.Dim, Net: nn.MLP{Hidden: []int{}}} // of a class among zeros: its own numbers
	case c.Prior == PlacesPrior:
		return dist.DiagonalNormal{Dim: c.Dim}
	case c.Prior == ChannelPrior:
		return dist.ChannelNormal{Images: latents}
	case c.Prior == LearnedPrior && top == c.Dim:
		return dist.ChannelNormal{Images: latents}
	case c.Prior == LearnedPrior:
		return dist.Product{Parts: []dist.Distribution{dist.ChannelNormal{Images: latents[:1]}, dist.StandardNormal{Dim: c.Dim - top}}}
	}
	return dist.StandardNormal{Dim: c.Dim}
}

// image fills in the zero values of a recipe of images, with its number of transforms.
func (c Config) image(transforms int) (Config, error) {
	bad := func(format string, args ...any) (Config, error) {
		return c, fmt.Errorf("%w: %s", fault.ErrConfig, fmt.Sprintf(format, args...))
	}
	if c.Levels == 0 {
		c.Levels = 3
	}
	image, levels := c.Image, c.Levels
	switch {
	case len(image) != 3 || image[0] < 1 || image[1] < 1 || image[2] < 1:
		return bad("Image: %v are not the channels, the height and the width of an image", image)
	case levels < 1 || levels > 30:
		return bad("Levels: %d scales", levels)
	case image[1]%(1<<levels) != 0 || image[2]%(1<<levels) != 0:
		return bad("Levels: an image of %d×%d pixels cannot be halved %d times: pad or resize it to multiples of %d, or use fewer levels", image[1], image[2], levels, 1<<levels)
	case len(c.Hidden) > 1:
		return bad("Hidden: convolutional networks have one width, not %v", c.Hidden)
	case c.Start != "":
		return bad("Start: %q: networks of images begin with small last layers, or as 0 with Zeros", c.Start)
	case len(c.ContextAngles) > 0:
		return bad("ContextAngles: columns %v: recipes of images see their condition as numbers", c.ContextAngles)
	case c.Dropout != 0:
		return bad("Dropout: networks of images have none")
	case c.Norm != "" && !slices.Contains(nn.ImageNorms(), c.Norm):
		return bad("Norm: %q is none of %q", c.Norm, nn.ImageNorms())
	case c.Order != "":
		return bad("Order: %q: channels have no order", c.Order)
	case !slices.Contains([]string{"", "none", CenteredPixels, LogitPixels}, c.Pixels):
		return bad("Pixels: %q is none of %q, %q, %q", c.Pixels, "none", CenteredPixels, LogitPixels)
	case !slices.Contains([]string{"", StandardPrior, ChannelPrior, LearnedPrior, PlacesPrior}, c.Prior):
		return bad("Prior: %q is none of %q, %q, %q, %q", c.Prior, StandardPrior, ChannelPrior, LearnedPrior, PlacesPrior)
	case !slices.Contains([]string{"", AffineCoupling, AdditiveCoupling, SplineCoupling}, c.Coupling):
		return bad("Coupling: %q is none of %q, %q, %q", c.Coupling, AffineCoupling, AdditiveCoupling, SplineCoupling)
	case c.Coupling != SplineCoupling && (c.Bins != 0 || c.Bound != 0 || c.BinScale != 0):
		return bad("Bins: %d bins up to %g, scaled by %g: the couplings are no splines; Coupling %q makes them so", c.Bins, c.Bound, c.BinScale, SplineCoupling)
	case c.Bins < 0 || c.Bound < 0 || c.BinScale < 0:
		return bad("Bins: %d bins up to %g, scaled by %g", c.Bins, c.Bound, c.BinScale)
	}
	d := image[0] * image[1] * image[2]
	if c.Dim == 0 {
		c.Dim = d
	}
	if c.Dim != d {
		return bad("Dim: %d columns, and an image of %v has %d numbers", c.Dim, image, d)
	}
	rest := c
	rest.Image, rest.Levels, rest.Pixels, rest.Norm, rest.Prior, rest.Coupling, rest.Zeros, rest.Linear = nil, 0, "", "", "", "", false, ""
	rest.Bins, rest.Bound, rest.BinScale, rest.Hidden = 0, 0, 0, nil
	if _, err := rest.check(); err != nil {
		return c, err
	}
	if c.Transforms == 0 {
		c.Transforms = transforms
	}
	return c, nil
}

// imageMap is what couplings apply; affine is the recipe's own affine map.
func (c Config) imageMap(affine scalar.Affine) scalar.Map {
	switch c.Coupling {
	case AdditiveCoupling:
		return scalar.Additive{}
	case SplineCoupling:
		return scalar.RationalQuadratic{Bins: c.Bins, Low: -c.Bound, High: c.Bound, BinScale: c.BinScale}
	}
	return affine
}
