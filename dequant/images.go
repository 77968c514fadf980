package dequant

import (
	"fmt"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/scalar"
)

// ImageNoise says how large noise q(u|x) of pictures x is, a flow of images whose networks see the picture: logistic noise is squeezed, goes through affine couplings of
// channels, what passes and what is mapped alternating, and through a sigmoid. It begins as uniform noise. (The networks of Flow++ are deeper, and its
// couplings mixtures of logistics.)
type ImageNoise struct {
	Image      []int // channels, height and width, which are even
	Levels     int   // values of a pixel, from 0 on; 0: 256
	Transforms int   // couplings; 0: 4
	Hidden     int   // channels of the networks, which are nn.ConvNet; 0: 32
}

// Flow is the noise as a flow, whose condition are the numbers of a picture. Errors wrap fault.ErrConfig or fault.ErrShape.
func (c ImageNoise) Flow() (flow.Flow, error) {
	if len(c.Image) != 3 || c.Transforms < 0 || c.Hidden < 0 {
		return flow.Flow{}, fmt.Errorf("%w: noise of pictures of %v by %d couplings of %d channels", fault.ErrConfig, c.Image, c.Transforms, c.Hidden)
	}
	if c.Transforms == 0 {
		c.Transforms = 4
	}
	if c.Hidden == 0 {
		c.Hidden = 32
	}
	shape := graph.Shape(c.Image)
	var steps []bijection.Bijection
	for i := range c.Transforms {
		steps = append(steps, bijection.ImageCoupling{Net: nn.ConvNet{Hidden: c.Hidden, Zeros: true}, Swap: i%2 == 1})
	}
	squeezed := bijection.Multiscale{Shape: shape, Levels: []bijection.Bijection{bijection.Chain{Transforms: append(steps, bijection.Squeeze{})}}}
	f := flow.Flow{
		Base: dist.Logistic{Dim: shape.Size()},
		Transform: bijection.Embed{Net: picture{shape, c.Levels}, Transform: bijection.Chain{Transforms: []bijection.Bijection{
			squeezed, bijection.Flatten{}, bijection.Static{Map: scalar.SigmoidMap{}},
		}}},
		Context: shape.Size(),
	}
	_, err := f.Bind()
	return f, err
}

// picture shows a flow of squeezed images a row of pixels as such an image, about 0. It has no weights.
type picture struct {
	shape  graph.Shape
	levels int
}

// Bind implements nn.Embedder.
func (p picture) Bind(s *param.Scope, _ graph.Shape) (nn.Net, graph.Shape, error) {
	shape := graph.Shape{4 * p.shape[0], p.shape[1] / 2, p.shape[2] / 2}
	way := bijection.Chain{Transforms: []bijection.Bijection{bijection.Squeeze{}, bijection.Pixels{Levels: p.levels}, bijection.Flatten{}}}
	m, err := way.Bind(s, shape, nil)
	return shown{m}, shape, err
}

type shown struct{ way bijection.Bound }

// Apply implements nn.Net.
func (p shown) Apply(b *graph.Builder, _, x graph.Value) graph.Value {
	image, _ := p.way.Inverse(b, x, graph.Value{})
	return image
}
