package flowtest_test

import (
	"math"
	"testing"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/flowtest"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/scalar"
)

// The table of pieces: every exported piece of scalar, bijection, dist and nn stands in a row, and in several where its options matter. The plain
// rows, which the catalogue is made of, are in scalars_test.go, bijections_test.go, dists_test.go and networks_test.go, those of options here.
// TestEveryPieceHasARow finds those that do not.

type (
	scalarRow struct {
		name string
		m    scalar.Map
		o    flowtest.Options
	}
	bijectionRow struct {
		name string
		m    bijection.Bijection
		o    flowtest.Options
	}
	distRow struct {
		name string
		m    dist.Distribution
		o    flowtest.Options
	}
	conditionerRow struct {
		name string
		m    nn.Conditioner
		o    flowtest.Options
	}
	imageNetRow struct {
		name string
		m    nn.ImageConditioner
		o    flowtest.Options
	}
	maskedRow struct {
		name string
		m    nn.Masked
		o    flowtest.Options
	}
)

var (
	small  = []int{8, 8}
	made   = nn.MADE{Hidden: small, Activation: "tanh"}
	mlp    = nn.MLP{Hidden: small, Activation: "tanh"}
	affine = scalar.Affine{}
	mixed  = scalar.Mixed{Groups: []scalar.Group{
		{Map: scalar.RationalQuadratic{Bins: 4, Low: -2, High: 2}, Columns: []int{1}}, {Map: affine, Columns: []int{0}},
	}}
)

// Graphs of columns: 1 and 2 depend on 0, and 3 on both; 1 and 2 depend on 0.
var (
	diamond = [][]bool{{false, false, false, false}, {true, false, false, false}, {true, false, true, false}, {false, true, true, false}}
	fork    = [][]bool{{true, false, false}, {true, true, false}, {true, false, true}}
)

var scalars = []scalarRow{
	{"affine of one column", affine, flowtest.Options{Dim: 1}},
	{"affine, narrow bound", scalar.Affine{Scale: scalar.BoundedExp{Bound: 2}}, flowtest.Options{}},
	{"affine, data scaled", scalar.Affine{Form: scalar.ScaleData}, flowtest.Options{}},
	{"affine, data centred", scalar.Affine{Form: scalar.CenterData}, flowtest.Options{}},
	{"affine, exp", scalar.Affine{Scale: scalar.PlainExp{}}, flowtest.Options{}},
	{"affine, soft clip", scalar.Affine{Scale: scalar.SoftClipExp{}, Form: scalar.ScaleData}, flowtest.Options{}},
	{"affine, softplus", scalar.Affine{Scale: scalar.Softplus{}}, flowtest.Options{FarFromIdentity: "softplus(0) = 0.69"}},
	{"affine, unit softplus", scalar.Affine{Scale: scalar.UnitSoftplus(0.01)}, flowtest.Options{}},
	{"affine, bounded softplus", scalar.Affine{Scale: scalar.Softplus{Shift: 0.5, Bound: 4}, Form: scalar.ScaleData}, flowtest.Options{}},
	{"affine, sigmoid", scalar.Affine{Scale: scalar.Sigmoid{Shift: 2}}, flowtest.Options{FarFromIdentity: "σ(2) = 0.88"}},
	{"affine, sigmoid with a floor", scalar.Affine{Scale: scalar.Sigmoid{Shift: 2, Floor: 1e-3}}, flowtest.Options{FarFromIdentity: "σ(2) = 0.88"}},
	{"power on the base's side", scalar.Power{OnBase: true}, flowtest.Options{}},
	{"power of one column", scalar.Power{}, flowtest.Options{Dim: 1}},
	{"tail transform, softplus scale", scalar.Tail{Scale: scalar.UnitSoftplus(0.01)}, flowtest.Options{Dim: 1, FarFromIdentity: "its lightest tails are exponential"}},
	{"sigmoid onto an interval", scalar.SigmoidMap{Low: -2, High: 3}, flowtest.Options{Dim: 2, FarFromIdentity: "it has no parameters that could be 0"}},
	{"logit of an interval", scalar.Logit{Low: -2, High: 3}, flowtest.Options{Dim: 2, FarFromIdentity: "it has no parameters that could be 0"}},
	{"leaky tanh, many points outside", scalar.LeakyTanh{Bound: 0.5}, flowtest.Options{FarFromIdentity: "it has no parameters that could be 0"}},
	{"rational-quadratic spline, points in both tails", scalar.RationalQuadratic{Bins: 5, Low: -0.5, High: 0.7}, flowtest.Options{}},
	{"rational-quadratic spline, all points in the tails", scalar.RationalQuadratic{Bins: 3, Low: 40, High: 41}, flowtest.Options{}},
	{"rational-quadratic spline, one bin", scalar.RationalQuadratic{Bins: 1, Low: -2, High: 2, LearnedEnds: true, OnBase: true}, flowtest.Options{}},
	{"rational-quadratic spline, one bin without parameters that matter", scalar.RationalQuadratic{Bins: 1}, flowtest.Options{}},
	{"rational-quadratic spline in a box", scalar.RationalQuadratic{Bins: 6, Low: 0, High: 1, Boxed: true, LearnedEnds: true}, flowtest.Options{}},
	{"rational-quadratic spline on the base's side", scalar.RationalQuadratic{Bins: 7, Low: -3, High: 3, OnBase: true}, flowtest.Options{}},
	{"rational-quadratic spline of one column", scalar.RationalQuadratic{Bins: 40, MinWidth: 1e-4, MinHeight: 1e-2}, flowtest.Options{Dim: 1}},
	{"mixed columns, two boxes", scalar.Mixed{Groups: []scalar.Group{{Map: scalar.RationalQuadratic{Bins: 3, Low: 0, High: 1, Boxed: true}, Columns: []int{1}}, {Map: scalar.RationalQuadratic{Bins: 5, Low: -1, High: 2, Boxed: true}, Columns: []int{0}}}}, flowtest.Options{Dim: 2}},
	{"rational-quadratic spline as in zuko", scalar.RationalQuadratic{SoftClip: 1e-3}, flowtest.Options{}},
	{"rational-quadratic spline as in nflows", scalar.RationalQuadratic{Bins: 10, Low: -3, High: 3, Unshifted: true, BinScale: 0.25}, flowtest.Options{}},
	{"Bernstein polynomial, points in both tails", scalar.Bernstein{Degree: 6, Bound: 0.7}, flowtest.Options{Dim: 2}},
	{"Bernstein polynomial of high degree", scalar.Bernstein{Degree: 30, Bound: 3}, flowtest.Options{Dim: 1}},
	{"Bernstein polynomial of free range as in zuko", scalar.Bernstein{Degree: 5, Free: true, Unshifted: true, Margin: 1e-6}, flowtest.Options{Dim: 1, FarFromIdentity: "softplus(0) = 0.69"}},
	{"sum of squares, points on both lines", scalar.SumOfSquares{Polynomials: 2, Degree: 2, Bound: 1, Reach: 0.8}, flowtest.Options{Dim: 2}},
	{"sum of squares without a shift", scalar.SumOfSquares{Polynomials: 1, Degree: 3, Bound: 3, MinSlope: 0.05, NoShift: true}, flowtest.Options{Dim: 1}},
	{"mixture of logistics by their places", scalar.MixtureCDF{Components: 2, Weights: true, Centered: true}, flowtest.Options{Dim: 1}},
	{"mixture of logistics of equal weight, exp", scalar.MixtureCDF{Components: 2, Scale: scalar.PlainExp{}}, flowtest.Options{Dim: 1}},
	{"mixture of normals as in zuko", scalar.MixtureCDF{Components: 2, Law: scalar.Normal, Scale: scalar.PlainExp{}, Together: true, Squeeze: 1e-3}, flowtest.Options{Dim: 1}},
	{"monotonic network for all columns", scalar.MonotonicMLP{Signal: 1, Hidden: []int{5}, Shared: true, Reach: 1}, flowtest.Options{Dim: 2, FarFromIdentity: "its weights begin at random"}},
	{"unconstrained monotonic network for all columns", scalar.UnconstrainedMonotonic{Signal: 1, Hidden: []int{4}, Shared: true, Rule: scalar.GaussLegendre, Nodes: 40, Reach: 1}, flowtest.Options{Dim: 2}},
	{"logarithmic clip, narrow", scalar.LogClip{Bound: 0.5}, flowtest.Options{FarFromIdentity: "it has no parameters that could be 0"}},
	{"soft clip, narrow", scalar.SoftClip{Bound: 0.5}, flowtest.Options{FarFromIdentity: "it has no parameters that could be 0"}},
	{"linear spline in a box, on the base's side", scalar.PolynomialSpline{Degree: 1, Bins: 5, Low: 0, High: 1, Boxed: true, OnBase: true}, flowtest.Options{}},
	{"quadratic spline, points in both tails", scalar.PolynomialSpline{Bins: 2, Low: -0.5, High: 0.7}, flowtest.Options{}},
	{"quadratic spline, all points in the tails", scalar.PolynomialSpline{Bins: 3, Low: 40, High: 41}, flowtest.Options{}},
	{"quadratic spline in a box, on the base's side", scalar.PolynomialSpline{Degree: 2, Bins: 1, Low: 0, High: 1, Boxed: true, OnBase: true}, flowtest.Options{}},
	{"cubic spline of one bin on the base's side", scalar.PolynomialSpline{Degree: 3, Bins: 1, Low: -2, High: 2, OnBase: true}, flowtest.Options{}},
	{"cubic spline in a box", scalar.PolynomialSpline{Degree: 3, Bins: 5, Low: 0, High: 1, Boxed: true, Unshifted: true}, flowtest.Options{}},
	{"rational-quadratic spline with shared ends", scalar.RationalQuadratic{Bins: 4, Low: -3, High: 3, SharedEnds: true}, flowtest.Options{}},
	{"circular spline of one bin", scalar.Circular{Spline: scalar.RationalQuadratic{Bins: 1, Low: 0, High: 360}}, flowtest.Options{Circle: true}},
	{"circular spline as in zuko", scalar.Circular{Spline: scalar.RationalQuadratic{Bins: 5, SoftClip: 1e-3}, Offset: math.Pi, Fixed: true, UnitSeam: true}, flowtest.Options{Circle: true, FarFromIdentity: "half a turn"}},
}

var bijections = []bijectionRow{
	{"autoregressive under a condition", bijection.Autoregressive{Net: made, Order: []int{2, 0, 1}}, flowtest.Options{Context: 2}},
	{"autoregressive, default network", bijection.Autoregressive{}, flowtest.Options{Dim: 2}},
	{"autoregressive, additive", bijection.Autoregressive{Net: made, Map: scalar.Additive{}}, flowtest.Options{}},
	{"autoregressive, residual network", bijection.Autoregressive{Net: nn.ResidualMADE{Hidden: 8, Activation: "silu"}}, flowtest.Options{Context: 1}},
	{"autoregressive splines", bijection.Autoregressive{Net: made, Map: scalar.RationalQuadratic{Bins: 4, Low: -2, High: 2}}, flowtest.Options{Context: 1}},
	{"autoregressive of one column", bijection.Autoregressive{Net: made}, flowtest.Options{Dim: 1}},
	{"autoregressive of one column under a condition", bijection.Autoregressive{Net: made}, flowtest.Options{Dim: 1, Context: 2}},
	{"autoregressive by a graph, under a condition", bijection.Autoregressive{Adjacency: fork, Map: scalar.RationalQuadratic{Bins: 3, Low: -2, High: 2}, Net: nn.DAG{Hidden: []int{7}, Activation: "silu"}}, flowtest.Options{Context: 2}},
	{"autoregressive by a graph without edges", bijection.Autoregressive{Adjacency: [][]bool{{true, false}, {false, true}}}, flowtest.Options{Dim: 2}},
	{"autoregressive without parameters", bijection.Autoregressive{Map: scalar.Exp{}}, flowtest.Options{}},
	{"coupling under a condition", bijection.Coupling{Net: mlp, Mask: []bool{true, false, false}}, flowtest.Options{Context: 2}},
	{"coupling, default network", bijection.Coupling{}, flowtest.Options{Dim: 2}},
	{"coupling splines", bijection.Coupling{Net: nn.Residual{Hidden: 8, Activation: "tanh", Context: nn.Gated}, Map: scalar.RationalQuadratic{Bins: 4, Low: -2, High: 2}}, flowtest.Options{Context: 2}},
	{"one ordered column", bijection.Ordered{}, flowtest.Options{Dim: 1}},
	{"simplex of two", bijection.Simplex{}, flowtest.Options{Dim: 1}},
	{"static, some columns", bijection.Static{Columns: []int{0, 2}}, flowtest.Options{}},
	{"static, all columns named", bijection.Static{Columns: []int{0, 1}}, flowtest.Options{Dim: 2}},
	{"static splines", bijection.Static{Map: scalar.RationalQuadratic{Bins: 4, Low: -2, High: 2}}, flowtest.Options{}},
	{"static from random", bijection.Static{Start: 0.3}, flowtest.Options{}},
	{"radial from random", bijection.Radial{Start: 2}, flowtest.Options{}},
	{"static powers", bijection.Static{Map: scalar.Power{}}, flowtest.Options{}},
	{"autoregressive powers", bijection.Autoregressive{Net: made, Map: scalar.Power{OnBase: true}}, flowtest.Options{Context: 1}},
	{"autoregressive Bernstein polynomials", bijection.Autoregressive{Net: made, Map: scalar.Bernstein{Degree: 6, Bound: 2}}, flowtest.Options{Dim: 2, Context: 1}},
	{"coupling Bernstein polynomials", bijection.Coupling{Net: mlp, Map: scalar.Bernstein{Degree: 4, Free: true}}, flowtest.Options{Dim: 2}},
	{"autoregressive sums of squares", bijection.Autoregressive{Net: made, Map: scalar.SumOfSquares{Polynomials: 1, Degree: 2}}, flowtest.Options{Dim: 2}},
	{"autoregressive mixtures", bijection.Autoregressive{Net: made, Map: scalar.MixtureCDF{Components: 2, Weights: true}}, flowtest.Options{Dim: 2}},
	{"static mixtures", bijection.Static{Map: scalar.MixtureCDF{Components: 2, Law: scalar.Normal}}, flowtest.Options{Dim: 2}},
	{"autoregressive monotonic networks", bijection.Autoregressive{Net: made, Map: scalar.MonotonicMLP{Signal: 1, Hidden: []int{3}}}, flowtest.Options{Dim: 2}},
	{"coupling unconstrained monotonic networks", bijection.Coupling{Net: mlp, Map: scalar.UnconstrainedMonotonic{Signal: 1, Hidden: []int{3}}}, flowtest.Options{Dim: 2}},
	{"rotation from random", bijection.Rotation{Start: 1}, flowtest.Options{}},
	{"static tails", bijection.Static{Map: scalar.Tail{}}, flowtest.Options{}},
	{"autoregressive tails", bijection.Autoregressive{Net: made, Map: scalar.Tail{}}, flowtest.Options{Context: 1}},
	{"circular coupling", bijection.Coupling{Net: nn.Periodic{Net: mlp}, Map: scalar.Circular{Spline: scalar.RationalQuadratic{Bins: 4}}}, flowtest.Options{Domain: scalar.Interval{Low: -math.Pi, High: math.Pi}}},
	{"autoregressive circular splines", bijection.Autoregressive{Net: made, Map: scalar.Circular{Spline: scalar.RationalQuadratic{Bins: 3}}}, flowtest.Options{Context: 1, Domain: scalar.Interval{Low: -math.Pi, High: math.Pi}}},
	{"autoregressive cubic splines", bijection.Autoregressive{Net: made, Map: scalar.PolynomialSpline{Degree: 3, Bins: 3}}, flowtest.Options{Dim: 2}},
	{"coupling, nothing passes", bijection.Coupling{Net: mlp, Mask: []bool{false, false, false}}, flowtest.Options{Context: 1}},
	{"coupling of one column", bijection.Coupling{Net: mlp}, flowtest.Options{Dim: 1}},
	{"coupling of one column under a condition", bijection.Coupling{Net: mlp}, flowtest.Options{Dim: 1, Context: 2}},
	{"static exp", bijection.Static{Map: scalar.Exp{}}, flowtest.Options{}},
	{"reversal", bijection.Permute{}, flowtest.Options{Dim: 4}},
	{"LU of one column", bijection.LULinear{}, flowtest.Options{Dim: 1}},
	{"LU of six columns on the base's side", bijection.LULinear{OnBase: true, NoBias: true}, flowtest.Options{Dim: 6}},
	{"LU, free diagonal", bijection.LULinear{Free: true}, flowtest.Options{Dim: 4}},
	{"LU, exp diagonal", bijection.LULinear{Diagonal: scalar.PlainExp{}}, flowtest.Options{}},
	{"LU with signs", bijection.LULinear{Negative: []bool{true, false, true}, Diagonal: scalar.PlainExp{}}, flowtest.Options{}},
	{"triangular of one column", bijection.Triangular{Normalized: true}, flowtest.Options{Dim: 1}},
	{"upper triangular on the base's side", bijection.Triangular{Upper: true, OnBase: true, NoBias: true}, flowtest.Options{Dim: 5}},
	{"triangular with rows of learned length", bijection.Triangular{Normalized: true, Diagonal: scalar.Softplus{}}, flowtest.Options{Dim: 4}},
	{"Householder, one reflection", bijection.Householder{Reflections: 1}, flowtest.Options{Dim: 4}},
	{"Householder, more reflections than columns", bijection.Householder{Reflections: 5}, flowtest.Options{Dim: 2}},
	{"Householder of one column", bijection.Householder{}, flowtest.Options{Dim: 1}},
	{"QR of one column", bijection.QRLinear{}, flowtest.Options{Dim: 1}},
	{"QR on the base's side", bijection.QRLinear{Reflections: 3, Diagonal: scalar.PlainExp{}, OnBase: true, NoBias: true}, flowtest.Options{Dim: 4}},
	{"QR from a random rotation", bijection.QRLinear{Random: true}, flowtest.Options{}},
	{"SVD on the base's side", bijection.SVDLinear{Reflections: 2, Diagonal: scalar.PlainExp{}, OnBase: true, NoBias: true}, flowtest.Options{Dim: 4}},
	{"rotation of one column", bijection.Rotation{}, flowtest.Options{Dim: 1}},
	{"rotation of six columns", bijection.Rotation{}, flowtest.Options{Dim: 6}},
	{"1×1 convolution, QR", bijection.Conv1x1{Map: bijection.QRLinear{}}, flowtest.Options{Shape: graph.Shape{2, 1, 3}}},
	{"1×1 convolution, permutation", bijection.Conv1x1{Map: bijection.Permute{}}, flowtest.Options{Shape: graph.Shape{3, 2, 1}}},
	{"1×1 convolution of more pixels than channels", bijection.Conv1x1{}, flowtest.Options{Shape: graph.Shape{2, 2, 2}}},
	{"image coupling, the first channels mapped, under a condition", bijection.ImageCoupling{Net: convNet, Swap: true}, flowtest.Options{Shape: graph.Shape{3, 2, 1}, Context: 2}},
	{"image coupling of splines", bijection.ImageCoupling{Net: nn.ConvNet{Hidden: 2, Window: 1, Activation: "tanh"}, Map: scalar.RationalQuadratic{Bins: 4, Low: -2, High: 2}}, flowtest.Options{Shape: graph.Shape{2, 1, 2}}},
	{"checkerboard", bijection.ImageCoupling{Net: convNet, Checkerboard: true}, flowtest.Options{Shape: graph.Shape{1, 3, 2}}},
	{"checkerboard, the other pixels, under a condition", bijection.ImageCoupling{Net: convNet, Checkerboard: true, Swap: true}, flowtest.Options{Shape: graph.Shape{2, 2, 2}, Context: 1}},
	{"image coupling, activation norms and gains in the network", bijection.ImageCoupling{Net: nn.ConvNet{Hidden: 2, Activation: "tanh", Norm: nn.ActNorm, Zeros: true}}, flowtest.Options{Shape: graph.Shape{2, 2, 2}, Context: 1}},
	{"image coupling, layer norms in the network", bijection.ImageCoupling{Net: nn.ConvNet{Hidden: 3, Window: 1, Activation: "tanh", Norm: nn.LayerNorm}}, flowtest.Options{Shape: graph.Shape{3, 1, 2}}},
	{"image coupling, residual network", bijection.ImageCoupling{Net: nn.ResidualConv{Hidden: 2, Blocks: 1, Activation: "tanh", Norm: nn.ActNorm}}, flowtest.Options{Shape: graph.Shape{2, 2, 2}, Context: 1}},
	{"checkerboard, residual network of layer norms", bijection.ImageCoupling{Net: nn.ResidualConv{Hidden: 3, Blocks: 2, Window: 1, Activation: "tanh", Norm: nn.LayerNorm, Zeros: true}, Checkerboard: true}, flowtest.Options{Shape: graph.Shape{1, 2, 2}}},
	{"image coupling, one convolution", bijection.ImageCoupling{Net: nn.Convolution{}}, flowtest.Options{Shape: graph.Shape{3, 2, 2}, Context: 2}},
	{"image coupling, default network", bijection.ImageCoupling{}, flowtest.Options{Shape: graph.Shape{2, 1, 1}}},
	{"activation norm of images", bijection.ActNorm{}, flowtest.Options{Shape: graph.Shape{2, 1, 3}}},
	{"activation norm of images, data centred", bijection.ActNorm{Form: scalar.CenterData}, flowtest.Options{Shape: graph.Shape{2, 2, 1}}},
	{"activation norm of images, data scaled", bijection.ActNorm{Form: scalar.ScaleData}, flowtest.Options{Shape: graph.Shape{3, 1, 1}}},
	{"multiscale of one level, under a condition", bijection.Multiscale{Shape: graph.Shape{1, 2, 4}, Levels: []bijection.Bijection{bijection.Chain{Transforms: []bijection.Bijection{bijection.ImageCoupling{Net: convNet}, bijection.Haar{}}}}}, flowtest.Options{Dim: 8, Context: 1}},
	{"planar of one column", bijection.Planar{}, flowtest.Options{Dim: 1}},
	{"planar under a condition", bijection.Planar{Net: mlp}, flowtest.Options{Context: 2}},
	{"planar as in the paper", bijection.Planar{Scale: scalar.Softplus{}}, flowtest.Options{Dim: 5}},
	{"planar as in flowjax", bijection.Planar{Scale: scalar.LogSoftplus{}}, flowtest.Options{}},
	{"planar, leaky ReLU under a condition", bijection.Planar{Slope: 0.5, Net: mlp}, flowtest.Options{Context: 1, Dim: 2}},
	{"radial of one column", bijection.Radial{}, flowtest.Options{Dim: 1}},
	{"radial under a condition", bijection.Radial{Net: mlp}, flowtest.Options{Context: 2}},
	{"radial as in normflows", bijection.Radial{Radius: scalar.Magnitude{}, Strength: scalar.Softplus{}}, flowtest.Options{Dim: 5}},
	{"Sylvester of one column", bijection.Sylvester{}, flowtest.Options{Dim: 1}},
	{"Sylvester, orthonormal", bijection.Sylvester{Basis: bijection.Orthonormal, Rank: 2}, flowtest.Options{Dim: 4}},
	{"Sylvester, identity under a condition", bijection.Sylvester{Basis: bijection.Identity, Net: mlp}, flowtest.Options{Dim: 2, Context: 1}},
	{"Sylvester, reversed axes", bijection.Sylvester{Basis: bijection.ReversedAxes}, flowtest.Options{}},
	{"block autoregressive of one column", bijection.BlockAutoregressive{}, flowtest.Options{Dim: 1}},
	{"block autoregressive, gated, under a condition", bijection.BlockAutoregressive{Width: 2, Depth: 2, Gated: true}, flowtest.Options{Dim: 2, Context: 2}},
	{"block autoregressive as in the paper", bijection.BlockAutoregressive{Width: 4, Scale: scalar.PlainExp{}, Slope: 0.1}, flowtest.Options{Dim: 2}},
	{"activation norm, data scaled", bijection.ActNorm{Form: scalar.ScaleData}, flowtest.Options{Dim: 1}},
	{"batch norm of one column as in nflows", bijection.BatchNorm{Scale: scalar.Softplus{}, Epsilon: 0.1}, flowtest.Options{Dim: 1}},
	{"coupling of mixed columns", bijection.Coupling{Net: mlp, Mask: []bool{true, false, false}, Map: mixed}, flowtest.Options{Context: 1}},
	{"autoregressive of mixed columns", bijection.Autoregressive{Net: made, Map: scalar.Mixed{Groups: []scalar.Group{{Map: affine, Columns: []int{2, 0}}, {Map: scalar.RationalQuadratic{Bins: 4, Low: -2, High: 2}, Columns: []int{1}}}}}, flowtest.Options{}},
	{"static mixed columns, some without parameters", bijection.Static{Map: scalar.Mixed{Groups: []scalar.Group{{Map: scalar.Exp{}, Columns: []int{1}}, {Map: affine, Columns: []int{0, 2}}}}}, flowtest.Options{}},
	{"autoregressive with a norm", bijection.Autoregressive{Net: nn.MADE{Hidden: small, Activation: "tanh", Norm: nn.BatchNorm}}, flowtest.Options{Context: 1}},
	{"chain that is computed again", bijection.Chain{Recompute: true, Transforms: []bijection.Bijection{bijection.Coupling{Net: mlp}, bijection.Permute{}, bijection.Autoregressive{Net: made}}}, flowtest.Options{Context: 1}},
	{"pixels by logits", bijection.Pixels{Levels: 4, Logit: 0.05}, flowtest.Options{Shape: graph.Shape{1, 2, 2}}},
	{"chain of nothing", bijection.Chain{}, flowtest.Options{}},
}

var dists = []distRow{
	{"standard normal, one column", dist.StandardNormal{Dim: 1}, flowtest.Options{}},
	{"standard normal, five columns", dist.StandardNormal{Dim: 5}, flowtest.Options{}},
	{"standard normal that ignores a condition", dist.StandardNormal{Dim: 1}, flowtest.Options{Context: 2}},
	{"diagonal normal from given values", dist.DiagonalNormal{Dim: 1, Loc: []float64{2}, LogScale: []float64{-1}}, flowtest.Options{}},
	{"normal by channel, one of two pixels", dist.ChannelNormal{Images: []graph.Shape{{1, 1, 2}}}, flowtest.Options{}},
	{"normal by channel, two of one pixel", dist.ChannelNormal{Images: []graph.Shape{{1, 1, 1}, {1, 1, 1}}}, flowtest.Options{Context: 1}},
	{"uniform square", dist.Uniform{Low: []float64{-1, -1}, High: []float64{0.5, 0.5}}, flowtest.Options{}},
	{"von Mises of one column from given values", dist.VonMises{Dim: 1, Loc: []float64{3}, Concentration: []float64{7}}, flowtest.Options{}},
	{"von Mises, flat and narrow", dist.VonMises{Dim: 3, Concentration: []float64{1e-3, 0.5, 1e3}}, flowtest.Options{}},
	{"product of a box and a conditional normal", dist.Product{Parts: []dist.Distribution{dist.UnitBox(1), dist.ConditionalNormal{Dim: 1, Net: mlp}}}, flowtest.Options{Context: 1}},
	{"product of a circle, lines and a box", dist.Product{Parts: []dist.Distribution{dist.UniformCircle{Dim: 1}, dist.FullNormal{Dim: 2}, dist.UnitBox(1)}}, flowtest.Options{}},
	{"mixture of different densities", dist.MixtureOf{Components: []dist.Distribution{dist.StudentT{Dim: 1}, dist.Uniform{Low: []float64{3}, High: []float64{5}}, dist.Logistic{Dim: 1}}, Weights: []float64{3, 1, 2}}, flowtest.Options{}},
	{"mixture of boxes", dist.MixtureOf{Components: []dist.Distribution{dist.UnitBox(1), dist.Uniform{Low: []float64{0.5}, High: []float64{5}}}}, flowtest.Options{}},
	{"mixture under a condition", dist.MixtureOf{Components: []dist.Distribution{dist.ConditionalNormal{Dim: 1, Net: mlp}, dist.StandardNormal{Dim: 1}}}, flowtest.Options{Context: 2}},
	{"mixture of one density", dist.MixtureOf{Components: []dist.Distribution{dist.VonMises{Dim: 1}}}, flowtest.Options{}},
	{"resampled normal of one column", dist.Resampled{Dim: 1, Net: nn.MLP{Hidden: small}}, flowtest.Options{}},
	{"resampled normal of three columns", dist.Resampled{Dim: 3, Net: nn.MLP{Hidden: small, Activation: "tanh"}, Tries: 2, Points: 10, Momentum: 1}, flowtest.Options{}},
	{"mixture of one column", dist.Mixture{Dim: 1, Components: 3}, flowtest.Options{}},
	{"mixture of one normal", dist.Mixture{Dim: 2, Components: 1, LogScale: 0.5}, flowtest.Options{}},
	{"Laplace of three columns from given values", dist.Laplace{Dim: 3, Loc: []float64{1, -5, 0}, LogScale: []float64{0, 2, -3}}, flowtest.Options{}},
	{"Laplace with a scale by softplus", dist.Laplace{Dim: 1, Scale: scalar.Softplus{}}, flowtest.Options{}},
	{"logistic of one column as in flowjax", dist.Logistic{Dim: 1, Scale: scalar.Softplus{Floor: 1e-15}, LogScale: []float64{0.5}}, flowtest.Options{}},
	{"Student's t of one column and given degrees of freedom", dist.StudentT{Dim: 1, DF: []float64{4}, Loc: []float64{3}, Scale: scalar.Softplus{}}, flowtest.Options{}},
	{"Student's t of few, some and many degrees of freedom", dist.StudentT{Dim: 3, DF: []float64{0.3, 30, 1e6}}, flowtest.Options{}},
	{"full normal of one column", dist.FullNormal{Dim: 1, Floor: 1e-6}, flowtest.Options{}},
	{"full normal from given values", dist.FullNormal{Dim: 2, Loc: []float64{5, -2}, Cholesky: []float64{0.5, 9, -1.5, -1}}, flowtest.Options{}},
	{"full normal of five columns", dist.FullNormal{Dim: 5}, flowtest.Options{}},
	{"conditional normal of one column", dist.ConditionalNormal{Dim: 1, Net: mlp, Scale: scalar.Softplus{}}, flowtest.Options{Context: 1}},
	{"mixture from given means", dist.Mixture{Dim: 2, Loc: [][]float64{{-3, 1}, {4, 0}}, LogScale: -1}, flowtest.Options{Context: 1}},
}

var conditioners = []conditionerRow{
	{"MLP, default", nn.MLP{}, flowtest.Options{Context: 2}},
	{"MLP far from the identity", nn.MLP{Hidden: small, Start: nn.FarStart}, flowtest.Options{Context: 2}},
	{"MLP without hidden layers", nn.MLP{Hidden: []int{}}, flowtest.Options{Context: 1}},
	{"MLP, condition at the first layer", nn.MLP{Hidden: small, Activation: "elu", Context: nn.FirstLayer}, flowtest.Options{Context: 2}},
	{"MLP, condition activated", nn.MLP{Hidden: small, Activation: "softplus", Context: nn.Activated}, flowtest.Options{Context: 2}},
	{"periodic, some inputs, mixed", nn.Periodic{Net: mlp, Columns: []int{0, 2}, Periods: []float64{1, 24}, Mixed: true}, flowtest.Options{Context: 1, FixedColumns: true}},
	{"periodic, one input, default network", nn.Periodic{Columns: []int{1}, Periods: []float64{360}}, flowtest.Options{Context: 2, FixedColumns: true}},
	{"residual, default", nn.Residual{}, flowtest.Options{}},
	{"residual, condition at the first layer", nn.Residual{Hidden: 7, Activation: "silu", Context: nn.FirstLayer}, flowtest.Options{Context: 1}},
	{"residual, condition activated", nn.Residual{Hidden: 7, Activation: "elu", Context: nn.Activated}, flowtest.Options{Context: 1}},
	{"residual, gated by the condition", nn.Residual{Hidden: 7, Activation: "tanh", Context: nn.Gated}, flowtest.Options{Context: 2}},
	{"MLP, layer norm and dropout", nn.MLP{Hidden: small, Activation: "tanh", Norm: nn.LayerNorm, Dropout: 0.2}, flowtest.Options{Context: 1}},
	{"MLP, batch norm", nn.MLP{Hidden: small, Activation: "tanh", Norm: nn.BatchNorm}, flowtest.Options{Context: 1}},
	{"residual, layer norm", nn.Residual{Hidden: 7, Blocks: 1, Activation: "tanh", Norm: nn.LayerNorm, Dropout: 0.5}, flowtest.Options{Context: 1}},
}

var imageNets = []imageNetRow{
	{"convolutions, default", nn.ConvNet{}, flowtest.Options{Shape: graph.Shape{1, 1, 2}}},
	{"convolutions, activation norms and gains", nn.ConvNet{Hidden: 3, Activation: "tanh", Norm: nn.ActNorm, Zeros: true}, flowtest.Options{Shape: graph.Shape{2, 2, 2}, Context: 1}},
	{"convolutions of single pixels, layer norm", nn.ConvNet{Hidden: 3, Window: 1, Activation: "tanh", Norm: nn.LayerNorm}, flowtest.Options{Shape: graph.Shape{2, 1, 2}}},
	{"residual convolutions, default", nn.ResidualConv{}, flowtest.Options{Shape: graph.Shape{1, 1, 2}}},
	{"residual convolutions, activation norms and gains", nn.ResidualConv{Hidden: 3, Activation: "tanh", Norm: nn.ActNorm, Zeros: true}, flowtest.Options{Shape: graph.Shape{2, 2, 2}, Context: 1}},
	{"residual convolutions, layer norm", nn.ResidualConv{Hidden: 3, Blocks: 3, Window: 1, Activation: "tanh", Norm: nn.LayerNorm}, flowtest.Options{Shape: graph.Shape{2, 1, 2}, Context: 2}},
	{"convolutions under an image", nn.ConvNet{Hidden: 3, Activation: "tanh", Norm: nn.ActNorm}, flowtest.Options{Shape: graph.Shape{1, 2, 2}, Picture: graph.Shape{2, 2, 2}}},
	{"residual convolutions under an image", nn.ResidualConv{Hidden: 3, Blocks: 1, Activation: "tanh"}, flowtest.Options{Shape: graph.Shape{2, 1, 2}, Picture: graph.Shape{1, 1, 2}}},
	{"one convolution under an image", nn.Convolution{}, flowtest.Options{Shape: graph.Shape{2, 2, 2}, Picture: graph.Shape{3, 2, 2}}},
	{"one convolution of five pixels", nn.Convolution{Window: 5}, flowtest.Options{Shape: graph.Shape{1, 2, 3}}},
}

const blind = "as in nflows, the first column's parameters are a bias"

var masks = []maskedRow{
	{"MADE, default", nn.MADE{}, flowtest.Options{Context: 2, Dim: 4}},
	{"MADE without hidden layers", nn.MADE{Hidden: []int{}}, flowtest.Options{Context: 1}},
	{"MADE narrower than the data", nn.MADE{Hidden: []int{6}, Activation: "silu"}, flowtest.Options{Dim: 5, Context: 1}},
	{"MADE, condition at the first layer", nn.MADE{Hidden: small, Activation: "tanh", Context: nn.FirstLayer}, flowtest.Options{Context: 2}},
	{"MADE of one column", made, flowtest.Options{Dim: 1}},
	{"MADE of one column under a condition", made, flowtest.Options{Dim: 1, Context: 2}},
	{"MADE, given degrees", nn.MADE{Hidden: []int{5}, Activation: "tanh", Degrees: [][]int{{1, 2, 1, 2, 1}}, Context: nn.Activated}, flowtest.Options{Context: 1, PartialContext: blind}},
	{"DAG, default", nn.DAG{}, flowtest.Options{Dim: 4, Context: 2}},
	{"DAG of one column", nn.DAG{}, flowtest.Options{Dim: 1}},
	{"DAG without hidden layers", nn.DAG{Hidden: []int{}}, flowtest.Options{Dim: 2, Context: 1}},
	{"residual MADE, default", nn.ResidualMADE{}, flowtest.Options{Dim: 2}},
	{"residual MADE as in nflows", nn.ResidualMADE{Hidden: 9, Activation: "tanh", Context: nn.Activated, Degrees: []int{1, 2, 1, 2, 1, 2, 1, 2, 1}}, flowtest.Options{Context: 2, PartialContext: blind}},
	{"residual MADE, condition at the first layer", nn.ResidualMADE{Hidden: 9, Blocks: 1, Context: nn.FirstLayer}, flowtest.Options{Context: 2}},
	{"residual MADE, gated by the condition", nn.ResidualMADE{Hidden: 9, Activation: "tanh", Context: nn.Gated}, flowtest.Options{Context: 2}},
	{"residual MADE of one column", nn.ResidualMADE{Hidden: 4}, flowtest.Options{Dim: 1}},
	{"MADE, batch norm and dropout", nn.MADE{Hidden: small, Activation: "tanh", Norm: nn.BatchNorm, Dropout: 0.2}, flowtest.Options{Context: 1}},
	{"residual MADE, batch norm as in nflows", nn.ResidualMADE{Hidden: 9, Activation: "tanh", Norm: nn.BatchNorm, Dropout: 0.25}, flowtest.Options{Context: 2}},
}

func TestScalarMaps(t *testing.T) {
	for _, r := range rows(plainScalars, scalars) {
		eachWay(t, r.name, r.o, func(t *testing.T, o flowtest.Options) { flowtest.Scalar(t, r.m, o) })
	}
}

func TestBijections(t *testing.T) {
	for _, r := range rows(plainBijections, bijections) {
		eachWay(t, r.name, r.o, func(t *testing.T, o flowtest.Options) { flowtest.Bijection(t, r.m, o) })
	}
}

func TestDistributions(t *testing.T) {
	for _, r := range rows(plainDists, dists) {
		eachWay(t, r.name, r.o, func(t *testing.T, o flowtest.Options) { flowtest.Distribution(t, r.m, o) })
	}
}

func TestConditioners(t *testing.T) {
	for _, r := range rows(plainConditioners, conditioners) {
		eachWay(t, r.name, r.o, func(t *testing.T, o flowtest.Options) { flowtest.Conditioner(t, r.m, 4, o) })
	}
	for _, r := range rows(plainImageNets, imageNets) {
		eachWay(t, r.name, r.o, func(t *testing.T, o flowtest.Options) { flowtest.ImageConditioner(t, r.m, 2, o) })
	}
	for _, r := range rows(plainMasks, masks) {
		eachWay(t, r.name, r.o, func(t *testing.T, o flowtest.Options) { flowtest.Masked(t, r.m, 2, o) })
	}
}
