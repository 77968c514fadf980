package nn

import (
	"diffeo/graph"
	"diffeo/param"
)

// ImageConditioner describes a network from images to images of the same height and width, for couplings of images.
type ImageConditioner interface {
	// BindImage declares the weights of a network from images in [C,H,W] (and a condition, a vector, nil if there is none) to [out,H,W].
	BindImage(s *param.Scope, in, cond graph.Shape, out int) (Net, error)
}
