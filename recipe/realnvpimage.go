package recipe

import (
	"fmt"

	"diffeo/bijection"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/nn"
	"diffeo/scalar"
)

// RealNVPImage is the multiscale flow of images of Dinh, Sohl-Dickstein and Bengio (arXiv 1605.08803, section 3.6). Image is the shape of the data, whose numbers are the
// columns; on each of Levels scales it goes, on its way to the base, through Transforms couplings of a checkerboard (3), is squeezed, and goes through
// as many couplings of channels; what passes and what is mapped alternate, and half of the channels leave. After the last scale there is one more checkerboard coupling
// than Transforms, as at the paper's last scale, which however is not squeezed. Networks are residual (nn.ResidualConv) with Hidden[0] channels (64) and Blocks
// blocks (2); u = s·x + t with a bounded log-scale. Where the paper normalises by batches, after each coupling, there is an activation norm, so that rows stay
// independent, and Norm says what the networks have. A condition enters every layer of them. Errors: a bad field of the Config, sides that cannot be
// halved Levels times.
func RealNVPImage(c Config) (flow.Flow, error) {
	if c.Linear != "" {
		return flow.Flow{}, fmt.Errorf("recipe realnvp-image: %w: Linear: %q: there is nothing between its couplings", fault.ErrConfig, c.Linear)
	}
	return c.images("realnvp-image", 3, func(c Config, l, _ int) []bijection.Bijection {
		var steps []bijection.Bijection
		couple := func(n int, checkerboard bool) {
			for i := range n {
				steps = append(steps, bijection.ImageCoupling{
					Map:          c.imageMap(scalar.Affine{Form: scalar.ScaleData}),
					Net:          nn.ResidualConv{Hidden: c.width(), Blocks: c.Blocks, Activation: c.Activation, Norm: c.Norm, Zeros: c.Zeros},
					Checkerboard: checkerboard,
					Swap:         i%2 == 1,
				}, bijection.ActNorm{})
			}
		}
		if l == 0 {
			couple(c.Transforms+1, true)
		}
		couple(c.Transforms, false)
		steps = append(steps, bijection.Squeeze{})
		couple(c.Transforms, true)
		return steps
	})
}
