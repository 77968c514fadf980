package recipe

import (
	"fmt"
	"slices"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/nn"
)

// Config says how large a recipe's flow is. It is stored in model files as JSON; the names there are those of the tags. Beside Dim every
// field may be left at zero.
type Config struct {
	Dim        int    `json:"dim"`                  // columns of the data; at least 1
	Context    int    `json:"context,omitempty"`    // columns of the condition; 0: none
	Transforms int    `json:"transforms,omitempty"` // 0: 5
	Hidden     []int  `json:"hidden"`               // units of each hidden layer of a conditioner; null: 128, 128; empty: none
	Activation string `json:"activation,omitempty"` // of nn.Activations; "": "relu"
	Order      string `json:"order,omitempty"`      // of columns: "alternate" (the same as "") or "random"
	Seed       uint64 `json:"seed,omitempty"`       // of random orders and permutations

	Blocks   int     `json:"blocks,omitempty"`    // of a residual conditioner, all of whose layers have Hidden[0] units; 0: layers of Hidden one after the other
	Bins     int     `json:"bins,omitempty"`      // of a spline; 0: 8
	Bound    float64 `json:"bound,omitempty"`     // splines and Bernstein polynomials reach from −Bound to Bound; 0: 5
	BinScale float64 `json:"bin_scale,omitempty"` // factor on raw widths and heights of bins, which learn more slowly with a small one; 0: 1
	Linear   string  `json:"linear,omitempty"`    // between spline transforms: "none", "permutation" or "lu"; "": "none" in nsf-ar, "lu" in nsf-c. In glow "lu" (the same as "") or "rotation"
	Tails    string  `json:"tails,omitempty"`     // beyond the splines: "none" or "power"; "": "none"

	Regression bool `json:"regression,omitempty"` // next to the base, columns are moved and scaled by linear functions of the condition; not in ncsf and in recipes of images

	Affine     string  `json:"affine,omitempty"`      // form of affine maps: of Forms; "": "data" in realnvp, "base" in maf and iaf
	ScaleBound float64 `json:"scale_bound,omitempty"` // the factors of affine maps lie between e^−ScaleBound and e^ScaleBound, those of SoftplusFactor up to about e^ScaleBound; below 60; 0: 7, for SoftplusFactor 3
	Factor     string  `json:"factor,omitempty"`      // how affine maps make a factor of a number a: ExpFactor (the same as "") or SoftplusFactor
	Start      string  `json:"start,omitempty"`       // first weights of networks: NearIdentity (the same as "") or FarFromIdentity

	Degree     int `json:"degree,omitempty"`     // of polynomials; 0: 16 in bpf, 4 in sospf
	Components int `json:"components,omitempty"` // of a mixture; 0: 8. In sospf squares of a sum; 0: 3. In ncsf of the base density; 0: it is uniform
	Signal     int `json:"signal,omitempty"`     // numbers that steer the network of a column; 0: 16
	Nodes      int `json:"nodes,omitempty"`      // of a quadrature; 0: 32

	Angles []int `json:"angles,omitempty"` // columns that are angles from −π to π, ascending; null: all in ncsf, none in others

	Image    []int  `json:"image,omitempty"`    // channels, height and width of the data, whose product is Dim; of recipes of images, and the next
	Levels   int    `json:"levels,omitempty"`   // scales of an image; 0: 3
	Prior    string `json:"prior,omitempty"`    // of latents: "standard" (the same as ""), "channels", "learned" or "places"
	Coupling string `json:"coupling,omitempty"` // "affine" (the same as ""), "additive" or "spline"
	Zeros    bool   `json:"zeros,omitempty"`    // networks begin as 0, and channels of their last layers have gains (nn.ConvNet.Zeros)

	Pixels string `json:"pixels,omitempty"` // what an image's values between 0 and 256 are to the flow: "none" (the same as ""), "centered" or "logit" (bijection.Pixels)

	Recompute bool `json:"recompute,omitempty"` // for gradients the transforms are computed once more, so that memory hardly grows with their number (bijection.Chain)

	Dropout          float64 `json:"dropout,omitempty"`           // probability with which a hidden unit of a network is left out in training, below 1; 0: none is
	Norm             string  `json:"norm,omitempty"`              // of hidden layers: of nn.Norms, or nn.ImageNorms; "": "none"
	ContextEmbedding []int   `json:"context_embedding,omitempty"` // units of each layer of a network through which all others see the condition; null: they see it as it is
	ContextAngles    []int   `json:"context_angles,omitempty"`    // columns of the condition that are angles in radians, ascending: networks see their cosines and sines (nn.Angles); null: none. Not in recipes of images
}

// What stands between the splines and the data.
const (
	NoTails    = "none"
	PowerTails = "power" // a learned power of either side of every column (scalar.Power): heavy tails are drawn in before splines, which end, see them
)

// What pixels are to a flow of images.
const (
	CenteredPixels = "centered" // x/256 − ½, as in Glow
	LogitPixels    = "logit"    // logit(α + (1 − 2α)·x/256) with α = 0.05, as in RealNVP
)

// The factors of affine maps.
const (
	ExpFactor      = "exp"      // exp(B·tanh(a/B)), with B the ScaleBound (scalar.BoundedExp)
	SoftplusFactor = "softplus" // 0.01 + log(1 + e^(e^B·tanh(a/e^B)+c)) with c for which a = 0 gives 1 (scalar.Softplus); without the bound it is flowjax' factor
)

// The first weights of networks. Together with SoftplusFactor, affine maps that begin far from the identity fit densities with holes and arms better, and so do polynomials (docs/toys.md).
const (
	NearIdentity    = "near" // nn.NearStart
	FarFromIdentity = "far"  // nn.FarStart
)

// The orders of columns.
const (
	Alternate = "alternate" // each transform has the order of the one before it reversed; couplings exchange even and odd columns
	Random    = "random"    // each transform has an order of its own, a function of Seed and its number
)

// What lies between spline transforms.
const (
	NoLinear    = "none"
	Permutation = "permutation" // a permutation of the columns, a function of Seed and its number
	LU          = "lu"          // a permutation and a learned linear map (bijection.LULinear); one more of these at the base's side

	RotatedLinear = "rotation" // in glow: a learned linear map that begins as a random rotation (bijection.QRLinear)
)

const defaultTransforms = 5

// check fills in the zero values. Errors wrap fault.ErrConfig and name the field.
func (c Config) check() (Config, error) {
	bad := func(field, format string, args ...any) (Config, error) {
		return c, fmt.Errorf("%w: %s: %s", fault.ErrConfig, field, fmt.Sprintf(format, args...))
	}
	switch {
	case c.Dim < 1:
		return bad("Dim", "a flow needs at least 1 column, not %d", c.Dim)
	case c.Context < 0:
		return bad("Context", "%d columns of condition", c.Context)
	case c.Transforms < 0:
		return bad("Transforms", "%d transforms", c.Transforms)
	case c.Order != "" && c.Order != Alternate && c.Order != Random:
		return bad("Order", "%q is neither %q nor %q", c.Order, Alternate, Random)
	case c.Blocks < 0:
		return bad("Blocks", "%d residual blocks", c.Blocks)
	case c.Blocks > 0 && c.Hidden != nil && len(c.Hidden) != 1:
		return bad("Hidden", "a residual conditioner has one width, not %d: give one number of units beside Blocks", len(c.Hidden))
	case c.Bins != 0 || c.Bound != 0 || c.BinScale != 0:
		return bad("Bins", "%d bins up to %g, scaled by %g: this recipe has no splines", c.Bins, c.Bound, c.BinScale)
	case c.Tails != "":
		return bad("Tails", "%q: this recipe has no learned tails", c.Tails)
	case c.Affine != "":
		return bad("Affine", "%q: this recipe has no choice of affine maps", c.Affine)
	case c.ScaleBound != 0:
		return bad("ScaleBound", "factors up to e^%g: this recipe has no affine maps", c.ScaleBound)
	case c.Factor != "":
		return bad("Factor", "%q: this recipe has no affine maps", c.Factor)
	case c.Start != "" && !slices.Contains(Starts(), c.Start):
		return bad("Start", "%q is none of %q", c.Start, Starts())
	case c.Degree != 0:
		return bad("Degree", "%d: this recipe has no polynomials", c.Degree)
	case c.Components != 0:
		return bad("Components", "%d: this recipe has no sums of components", c.Components)
	case c.Signal != 0 || c.Nodes != 0:
		return bad("Signal", "a signal of %d numbers, %d nodes: this recipe has no networks of columns", c.Signal, c.Nodes)
	case !(c.Dropout >= 0 && c.Dropout < 1): // also NaN
		return bad("Dropout", "units are left out with probability %g, outside 0 … 1", c.Dropout)
	case c.Norm != "" && !slices.Contains(nn.Norms(), c.Norm):
		return bad("Norm", "%q is none of %q", c.Norm, nn.Norms())
	case len(c.ContextEmbedding) > 0 && c.Context == 0:
		return bad("ContextEmbedding", "layers of %v for a condition, and there is none", c.ContextEmbedding)
	case len(c.ContextAngles) > 0 && c.Context == 0:
		return bad("ContextAngles", "columns %v of a condition, and there is none", c.ContextAngles)
	case c.Recompute && c.Norm == nn.BatchNorm:
		return bad("Recompute", "a batch norm updates what it knows whenever it is computed, and cannot be computed once more: use %q", nn.LayerNorm)
	case c.Linear != "":
		return bad("Linear", "%q: this recipe has no linear maps between its transforms", c.Linear)
	case c.Image != nil || c.Levels != 0 || c.Pixels != "" || c.Prior != "" || c.Coupling != "" || c.Zeros:
		return bad("Image", "images of %v, %d levels, pixels %q, the prior %q, couplings %q, networks that begin as 0 (%t): this recipe has no images; glow and realnvp-image have",
			c.Image, c.Levels, c.Pixels, c.Prior, c.Coupling, c.Zeros)
	case c.Regression:
		return bad("Regression", "this recipe has no linear functions of the condition next to its base")
	case c.Angles != nil:
		return bad("Angles", "columns %v: this recipe has no circles; ncsf has", c.Angles)
	}
	if c.Transforms == 0 {
		c.Transforms = defaultTransforms
	}
	return c, nil
}

// order is the position of each column in transform i.
func (c Config) order(i int) []int {
	switch {
	case c.Order == Random:
		return bijection.RandomOrder(c.Dim, c.Seed+uint64(i))
	case i%2 == 1:
		return bijection.Reversed(c.Dim)
	}
	order := make([]int, c.Dim)
	for d := range order {
		order[d] = d
	}
	return order
}

// mask is the columns that pass through coupling i: half of them, rounded down in every second one; none of a single column.
func (c Config) mask(i int) []bool {
	mask := make([]bool, c.Dim)
	if c.Dim == 1 {
		return mask
	}
	if c.Order == "" || c.Order == Alternate {
		return bijection.Alternating(c.Dim, i)
	}
	for d, q := range c.order(i) {
		mask[d] = q < c.Dim/2
	}
	return mask
}

// withoutNetworks are the recipes whose only networks read the condition.
var withoutNetworks = []string{"gf", "planar", "radial", "sylvester", "triangular-spline"}

// repeat is a chain of the transforms 0 … Transforms−1 on a standard normal, or on a regression of one, built and bound once to check it.
func (c Config) repeat(name string, first []bijection.Bijection, transform func(c Config, i int) bijection.Bijection) (flow.Flow, error) {
	regression := c.Regression
	c.Regression = false
	c, err := c.check()
	if err != nil {
		return flow.Flow{}, fmt.Errorf("recipe %s: %w", name, err)
	}
	if regression && c.Context == 0 {
		return flow.Flow{}, fmt.Errorf("recipe %s: %w: Regression: there is no condition that columns could depend on", name, fault.ErrConfig)
	}
	if c.Context == 0 && (c.Dropout != 0 || c.Start != "" || c.Norm != "" && c.Norm != nn.NoNorm) && slices.Contains(withoutNetworks, name) {
		return flow.Flow{}, fmt.Errorf("recipe %s: %w: Dropout, Norm, Start: it has no networks without a condition", name, fault.ErrConfig)
	}
	chain := bijection.Chain{Transforms: first, Recompute: c.Recompute}
	for i := range c.Transforms {
		chain.Transforms = append(chain.Transforms, transform(c, i))
	}
	f := flow.Flow{Base: dist.StandardNormal{Dim: c.Dim}, Transform: chain, Context: c.Context}
	if len(c.ContextEmbedding) > 0 {
		f.Transform = bijection.Embed{Net: nn.Embedding{Layers: c.ContextEmbedding, Activation: c.Activation}, Transform: chain}
	}
	if regression {
		f.Transform = bijection.Chain{Transforms: []bijection.Bijection{c.regression(), f.Transform}}
	}
	if len(c.ContextAngles) > 0 {
		f.Transform = bijection.Embed{Net: nn.Angles{Columns: c.ContextAngles}, Transform: f.Transform}
	}
	if _, err := f.Bind(); err != nil {
		return flow.Flow{}, fmt.Errorf("recipe %s: %w", name, err)
	}
	return f, nil
}

// Starts lists the names of the first weights.
func Starts() []string { return []string{NearIdentity, FarFromIdentity} }

func (c Config) start() nn.Start {
	if c.Start == FarFromIdentity {
		return nn.FarStart
	}
	return nn.NearStart
}

// made is the conditioner of autoregressive maps, mlp that of couplings.
func (c Config) made() nn.Masked {
	if c.Blocks > 0 {
		return nn.ResidualMADE{Hidden: c.width(), Blocks: c.Blocks, Activation: c.Activation, Dropout: c.Dropout, Norm: c.Norm, Start: c.start()}
	}
	return nn.MADE{Hidden: c.Hidden, Activation: c.Activation, Dropout: c.Dropout, Norm: c.Norm, Start: c.start()}
}

func (c Config) mlp() nn.Conditioner {
	if c.Blocks > 0 {
		return nn.Residual{Hidden: c.width(), Blocks: c.Blocks, Activation: c.Activation, Dropout: c.Dropout, Norm: c.Norm, Start: c.start()}
	}
	return nn.MLP{Hidden: c.Hidden, Activation: c.Activation, Dropout: c.Dropout, Norm: c.Norm, Start: c.start()}
}

// width is that of a residual conditioner; 0 leaves it to the network.
func (c Config) width() int {
	if len(c.Hidden) == 0 {
		return 0
	}
	return c.Hidden[0]
}
