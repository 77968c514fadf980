package vae

import (
	"fmt"

	"diffeo/bijection"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/nn"
	"diffeo/recipe"
)

// Description is an autoencoder of recipes and dense layers in words, which a file can hold (Save).
type Description struct {
	Columns    int    `json:"columns"`              // of the data
	Latent     int    `json:"latent"`               // of z
	Likelihood string `json:"likelihood"`           // Bernoulli01 or Normal: the decoder is BernoulliDecoder or GaussianDecoder
	Encoder    []int  `json:"encoder"`              // units of each layer; the last is the posterior's context
	Decoder    []int  `json:"decoder"`              // units of each hidden layer; null: 128, 128
	Activation string `json:"activation,omitempty"` // of encoder and decoder, of nn.Activations; "": "relu"
	Posterior  *Part  `json:"posterior,omitempty"`  // the transform behind the Gaussian; null: none
	Prior      *Part  `json:"prior,omitempty"`      // null: the standard normal
}

// The likelihoods of a Description.
const (
	Bernoulli01 = "bernoulli"
	Normal      = "normal"
)

// Part is a flow by its recipe. Dim and Context of Config may be left at zero.
type Part struct {
	Recipe string        `json:"recipe"`
	Config recipe.Config `json:"config"`
	Turned bool          `json:"turned,omitempty"` // its transform is turned round by bijection.Invert
}

// Autoencoder is what is described. Errors wrap fault.ErrConfig and name the part.
func (d Description) Autoencoder() (a Autoencoder, err error) {
	if d.Columns < 1 || d.Latent < 1 || len(d.Encoder) == 0 {
		return a, fmt.Errorf("%w: an autoencoder of %d columns with %d of z and %d layers in its encoder needs one of each at least", fault.ErrConfig, d.Columns, d.Latent, len(d.Encoder))
	}
	a.Encoder = nn.Embedding{Layers: d.Encoder, Activation: d.Activation}
	context := d.Encoder[len(d.Encoder)-1]
	var transform bijection.Bijection
	if d.Posterior != nil {
		f, err := d.Posterior.flow(d.Latent, context)
		if err != nil {
			return a, fmt.Errorf("posterior: %w", err)
		}
		transform = f.Transform
	}
	a.Posterior = Posterior(d.Latent, context, transform)
	if d.Prior != nil {
		if a.Prior, err = d.Prior.flow(d.Latent, 0); err != nil {
			return a, fmt.Errorf("prior: %w", err)
		}
	}
	net := nn.MLP{Hidden: d.Decoder, Activation: d.Activation, Context: nn.FirstLayer}
	switch d.Likelihood {
	case Bernoulli01:
		a.Decoder = BernoulliDecoder(d.Latent, d.Columns, net)
	case Normal:
		a.Decoder = GaussianDecoder(d.Latent, d.Columns, net)
	default:
		return a, fmt.Errorf("%w: the likelihood %.40q is neither %q nor %q", fault.ErrConfig, d.Likelihood, Bernoulli01, Normal)
	}
	_, err = a.Bind()
	return a, err
}

func (p Part) flow(latent, context int) (flow.Flow, error) {
	c := p.Config
	if c.Dim != 0 && c.Dim != latent || c.Context != 0 && c.Context != context {
		return flow.Flow{}, fmt.Errorf("%w: the recipe has %d columns and a context of %d; %d and %d, or 0 for either, are needed", fault.ErrConfig, c.Dim, c.Context, latent, context)
	}
	c.Dim, c.Context = latent, context
	f, err := recipe.New(p.Recipe, c)
	if err == nil && p.Turned {
		f.Transform = bijection.Invert{Bijection: f.Transform}
	}
	return f, err
}
