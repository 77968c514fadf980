package vae

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

// Autoencoder describes a model of rows: a prior, a decoder, and the posterior that trains them.
type Autoencoder struct {
	// Encoder is the network from a row to the numbers h that are the condition of the posterior.
	Encoder nn.Embedding

	// Posterior is q(z|h), with as many columns of Context as the last layer of Encoder has units. A step draws from it, so a flow whose Forward is cheap is wanted:
	// see Posterior, the function.
	Posterior flow.Flow

	// Prior is p(z), without a context; a step scores with it. The zero Flow is the standard normal.
	Prior flow.Flow

	// Decoder is p(x|z), with the columns of z as its Context: see BernoulliDecoder and GaussianDecoder.
	Decoder flow.Flow
}

// Posterior is a flow of latent columns under a condition of context numbers: first a normal whose means and deviations are linear in the condition, then the transform, which sees
// the condition too. nil: the normal alone, the usual posterior. A recipe's transform will do where drawing is cheap: iaf, realnvp, nsf-c, nice. Those of maf, planar,
// radial and sylvester score cheaply instead, and are turned round: bijection.Invert{Bijection: f.Transform}.
func Posterior(latent, context int, transform bijection.Bijection) flow.Flow {
	if transform == nil {
		transform = bijection.Chain{}
	}
	return flow.Flow{Base: dist.ConditionalNormal{Dim: latent, Net: nn.MLP{Hidden: []int{}}}, Transform: transform, Context: context}
}

// BernoulliDecoder is columns of 0 and 1 that are independent given z, with logits net(z).
func BernoulliDecoder(latent, columns int, net nn.Conditioner) flow.Flow {
	return flow.Flow{Base: Bernoulli{Dim: columns, Net: net}, Transform: bijection.Chain{}, Context: latent}
}

// GaussianDecoder is columns that are normal and independent given z, with means net(z) and a learned deviation for each.
func GaussianDecoder(latent, columns int, net nn.Conditioner) flow.Flow {
	mean := bijection.Coupling{Mask: make([]bool, max(0, columns)), Map: scalar.Additive{}, Net: net}
	return flow.Flow{Base: dist.DiagonalNormal{Dim: columns}, Transform: mean, Context: latent}
}

// Bind declares the parameters, under encoder, posterior, prior and decoder. As the log-density it gives the bound with one draw of the posterior by the
// builder's Key; its Sample draws from the model. Errors: those of the parts, with their names; shapes that do not fit together.
func (a Autoencoder) Bind() (*flow.Bound, error) {
	m, specs, err := a.bind()
	if err != nil {
		return nil, err
	}
	data, err := bijection.Chain{}.Bind(nil, m.Event(), nil)
	if err != nil {
		return nil, err
	}
	return &flow.Bound{Base: m, Transform: data, Specs: specs}, nil
}

// Init gives the first values of the parameters, functions of the seed and their names.
func (a Autoencoder) Init(seed uint64) (*param.Set, error) {
	_, specs, err := a.bind()
	if err != nil {
		return nil, err
	}
	return param.New(specs, seed), nil
}

// joint is an Autoencoder that can be written into graphs.
type joint struct {
	encoder                   nn.Net
	posterior, prior, decoder *flow.Bound
}

func (a Autoencoder) bind() (*joint, []param.Spec, error) {
	r := param.NewRegistry()
	m, err := a.bindIn(r.Scope())
	if err != nil {
		return nil, nil, err
	}
	specs, err := r.Specs()
	return m, specs, err
}

func (a Autoencoder) bindIn(s *param.Scope) (*joint, error) {
	m := &joint{}
	var err error
	if m.decoder, err = a.Decoder.BindIn(s.Sub("decoder")); err != nil {
		return nil, fmt.Errorf("decoder: %w", err)
	}
	x := m.decoder.Transform.DataShape()
	var h graph.Shape
	if m.encoder, h, err = a.Encoder.Bind(s.Sub("encoder"), x); err != nil {
		return nil, fmt.Errorf("encoder: %w", err)
	}
	if m.posterior, err = a.Posterior.BindIn(s.Sub("posterior")); err != nil {
		return nil, fmt.Errorf("posterior: %w", err)
	}
	z := m.posterior.Transform.DataShape()
	if a.Prior == (flow.Flow{}) {
		a.Prior = flow.Flow{Base: dist.StandardNormal{Dim: z.Size()}, Transform: bijection.Chain{}}
	}
	if m.prior, err = a.Prior.BindIn(s.Sub("prior")); err != nil {
		return nil, fmt.Errorf("prior: %w", err)
	}
	switch p := m.prior.Transform.DataShape(); {
	case len(z) != 1:
		return nil, fmt.Errorf("%w: the posterior draws values of shape %v; z is a vector", fault.ErrShape, z)
	case !h.Equal(m.posterior.Cond):
		return nil, fmt.Errorf("%w: the encoder gives %v numbers and the posterior's context has %v columns", fault.ErrContext, h, m.posterior.Cond)
	case !p.Equal(z) || m.prior.Cond != nil:
		return nil, fmt.Errorf("%w: the prior has the shape %v and a context of %v columns, the posterior draws %v; they have one shape, and a prior has no context",
			fault.ErrShape, p, m.prior.Cond, z)
	case !m.decoder.Cond.Equal(z):
		return nil, fmt.Errorf("%w: the decoder's context has %v columns, and z has %v", fault.ErrContext, m.decoder.Cond, z)
	}
	return m, nil
}
