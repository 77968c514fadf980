package recipe

import (
	"fmt"

	"diffeo/bijection"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/nn"
	"diffeo/scalar"
)

// Glow is the multiscale flow of images of Kingma and Dhariwal (arXiv 1807.03039). Image is the shape of the data, whose numbers are the columns; on each of
// Levels scales the image is squeezed and then goes, on its way to the base, through Transforms steps of an activation norm, a 1×1 convolution and a
// coupling of channels; half of its channels leave. An affine coupling has the scale σ(raw + 2). The 1×1 convolutions are permutations, drawn from Seed, and
// LU-parametrised matrices that begin as the identity; with Linear "rotation" they begin as random rotations, QR-parametrised. Networks have Hidden[0] channels (128)
// and ReLUs. A condition enters every layer of them. The paper's flow has Prior "learned", Norm "act" and Zeros. Errors: a bad field of the Config, sides that
// cannot be halved Levels times.
func Glow(c Config) (flow.Flow, error) {
	switch {
	case c.Blocks != 0:
		return flow.Flow{}, fmt.Errorf("recipe glow: %w: Blocks: the networks of this recipe have three convolutions", fault.ErrConfig)
	case c.Linear != "" && c.Linear != LU && c.Linear != RotatedLinear:
		return flow.Flow{}, fmt.Errorf("recipe glow: %w: Linear: %q is neither %q nor %q", fault.ErrConfig, c.Linear, LU, RotatedLinear)
	}
	return c.images("glow", defaultTransforms, func(c Config, l, channels int) []bijection.Bijection {
		coupling := bijection.ImageCoupling{
			Map: c.imageMap(scalar.Affine{Scale: scalar.Sigmoid{Shift: 2}, Form: scalar.CenterData}),
			Net: nn.ConvNet{Hidden: c.width(), Activation: c.Activation, Norm: c.Norm, Zeros: c.Zeros},
		}
		var steps []bijection.Bijection
		for i := range c.Transforms {
			step := []bijection.Bijection{coupling}
			if c.Linear == RotatedLinear {
				step = append(step, bijection.Conv1x1{Map: bijection.QRLinear{NoBias: true, Random: true}})
			} else {
				step = append(step, bijection.Conv1x1{Map: bijection.LULinear{NoBias: true}},
					bijection.Conv1x1{Map: bijection.Permute{Order: bijection.RandomOrder(channels, c.Seed+uint64(l*c.Transforms+i))}})
			}
			steps = append(steps, bijection.Chain{Transforms: append(step, bijection.ActNorm{})})
		}
		return append(steps, bijection.Squeeze{})
	})
}
