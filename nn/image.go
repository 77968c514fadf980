package nn

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// ImageConditioner describes a network from images to images of the same height and width, for couplings of images.
type ImageConditioner interface {
	// BindImage declares the weights of a network from images in [C,H,W] (and a condition, nil if there is none) to [out,H,W]. A condition that is a vector
	// enters every layer, one that is an image [K,H,W] the first one, as further channels of what is read.
	BindImage(s *param.Scope, in, cond graph.Shape, out int) (Net, error)
}

// reader is how a network of images reads: an image, and behind its channels those of a condition that is an image too.
type reader struct{ joins bool }

// read is the image of all that enters the first layer, and the condition of the layers; inputs beyond ±10¹² count as ±10¹².
func (r reader) read(x, cond graph.Value) (image, vector graph.Value) {
	if r.joins {
		return tame(graph.Concat(0, x, cond)), graph.Value{}
	}
	return tame(x), tame(cond)
}

// images checks what a convolutional network is bound to, and is the plan of one layer with all of it.
func images(what string, in, cond graph.Shape, out, window int) (p convPlan, r reader, err error) {
	if window == 0 {
		window = 3
	}
	switch {
	case len(in) != 3 || in.Size() < 1:
		return p, r, fmt.Errorf("%w: %s reads images [channels, height, width], not values of shape %v", fault.ErrShape, what, in)
	case out < 1:
		return p, r, fmt.Errorf("%w: %s to %d channels", fault.ErrConfig, what, out)
	case window < 0 || window%2 == 0:
		return p, r, fmt.Errorf("%w: %s with a window of %d pixels, which must be odd", fault.ErrConfig, what, window)
	}
	if len(cond) == 3 {
		if cond[0] < 1 || cond[1] != in[1] || cond[2] != in[2] {
			return p, r, fmt.Errorf("%w: %s of %v under a condition of %v: an image that is a condition has the same height and width", fault.ErrShape, what, in, cond)
		}
		return convPlan{in[0] + cond[0], out, window, 0}, reader{true}, nil
	}
	c, err := columns(cond)
	return convPlan{in[0], out, window, c}, r, err
}
