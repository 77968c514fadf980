package flowtest_test

import (
	"diffeo/bijection"
	"diffeo/flowtest"
	"diffeo/graph"
	"diffeo/nn"
)

var (
	convNet = nn.ConvNet{Hidden: 3, Activation: "tanh"}
	// glowLevel is a step of Glow and a squeeze.
	glowLevel = bijection.Chain{Transforms: []bijection.Bijection{bijection.ImageCoupling{Net: convNet}, bijection.Conv1x1{}, bijection.ActNorm{}, bijection.Squeeze{}}}
)

// plainBijections are the maps of vectors and images.
var plainBijections = []described[bijectionRow]{
	{bijectionRow{"coupling", bijection.Coupling{Net: mlp}, flowtest.Options{}},
		about{paper: "1410.8516, 1605.08803", forward: "1 pass of the network", inverse: "1 pass of the network", use: "both directions cheap; more layers needed than autoregressive"}},
	{bijectionRow{"autoregressive", bijection.Autoregressive{Net: made}, flowtest.Options{}},
		about{paper: "1705.07057, 1606.04934", forward: "about 1 pass of the network: D steps, each computes what is new", inverse: "1 pass of the network", use: "the most expressive a layer; density estimation of tables"}},
	{bijectionRow{"autoregressive by a graph", bijection.Autoregressive{Net: nn.DAG{Hidden: small, Activation: "tanh"}, Adjacency: diamond}, flowtest.Options{Dim: 4}},
		about{paper: "2006.02548", forward: "about 1 pass of the network: as many steps as the longest path", inverse: "1 pass of the network", use: "known independences between columns"}},
	{bijectionRow{"static", bijection.Static{}, flowtest.Options{}},
		about{forward: "O(D)", inverse: "O(D)", use: "learned marginals; scales and tails at the ends of a flow"}},
	{bijectionRow{"permutation", bijection.Permute{Order: []int{2, 0, 1}}, flowtest.Options{}},
		about{forward: "no arithmetic", inverse: "no arithmetic", use: "other columns pass next time"}},
	{bijectionRow{"LU", bijection.LULinear{}, flowtest.Options{}},
		about{paper: "1906.04032, 1807.03039", forward: "O(D²), two triangular solves", inverse: "O(D²), two products", use: "mixes columns between couplings"}},
	{bijectionRow{"triangular", bijection.Triangular{}, flowtest.Options{}},
		about{forward: "O(D²), a triangular solve", inverse: "O(D²), a product", use: "linear correlations; rows of learned length"}},
	{bijectionRow{"Householder", bijection.Householder{}, flowtest.Options{}},
		about{paper: "1611.09630", forward: "O(D²), a product", inverse: "O(D²), a product", use: "mixes columns and keeps volumes and lengths"}},
	{bijectionRow{"QR", bijection.QRLinear{}, flowtest.Options{}},
		about{paper: "1901.11137", forward: "O(D²), a product and a triangular solve", inverse: "O(D²), two products", use: "every invertible matrix, with its signs"}},
	{bijectionRow{"SVD", bijection.SVDLinear{}, flowtest.Options{}},
		about{forward: "O(D²), products", inverse: "O(D²), products", use: "both directions equally cheap; the condition is known"}},
	{bijectionRow{"rotation", bijection.Rotation{}, flowtest.Options{}},
		about{paper: "1901.08428", forward: "O(D²), a product; O(D³) once for all rows", inverse: "O(D²), a product; O(D³) once for all rows", use: "mixes columns between maps of single columns (Gaussianization)"}},
	{bijectionRow{"1×1 convolution", bijection.Conv1x1{}, flowtest.Options{Shape: graph.Shape{3, 2, 2}}},
		about{paper: "1807.03039", forward: "that of its map, for every pixel", inverse: "that of its map, for every pixel", use: "channels of images"}},
	{bijectionRow{"image coupling", bijection.ImageCoupling{Net: convNet}, flowtest.Options{Shape: graph.Shape{3, 2, 2}}},
		about{paper: "1605.08803, 1807.03039", forward: "1 pass of the network", inverse: "1 pass of the network", use: "images, between 1×1 convolutions"}},
	{bijectionRow{"squeeze", bijection.Squeeze{}, flowtest.Options{Shape: graph.Shape{4, 2, 1}}},
		about{paper: "1605.08803", forward: "no arithmetic", inverse: "no arithmetic", use: "pixels become channels"}},
	{bijectionRow{"Haar wavelet", bijection.Haar{}, flowtest.Options{Shape: graph.Shape{4, 1, 2}}},
		about{paper: "FrEIA", forward: "O(D)", inverse: "O(D)", use: "in place of a squeeze: the first channels are a smaller image"}},
	{bijectionRow{"flatten", bijection.Flatten{}, flowtest.Options{Shape: graph.Shape{2, 1, 2}}},
		about{forward: "no arithmetic", inverse: "no arithmetic", use: "images as rows of a table, at the data's side"}},
	{bijectionRow{"pixels, centred", bijection.Pixels{}, flowtest.Options{Shape: graph.Shape{2, 1, 2}, Slack: 256, Reason: "base numbers are multiplied by 256"}},
		about{paper: "1807.03039", forward: "O(D)", inverse: "O(D)", use: "pictures with values from 0 to 256, whose densities are then those of pixels"}},
	{bijectionRow{"multiscale", bijection.Multiscale{Shape: graph.Shape{1, 4, 4}, Levels: []bijection.Bijection{glowLevel, glowLevel}}, flowtest.Options{Dim: 16}},
		about{paper: "1605.08803", forward: "that of its levels", inverse: "that of its levels", use: "images: half of the numbers leave at every scale"}},
	{bijectionRow{"planar", bijection.Planar{}, flowtest.Options{}},
		about{paper: "1505.05770", forward: "O(D)", inverse: "O(D), and one equation of one unknown", use: "variational posteriors; few parameters"}},
	{bijectionRow{"planar, leaky ReLU", bijection.Planar{Slope: 0.1}, flowtest.Options{}},
		about{paper: "1505.05770", forward: "O(D)", inverse: "O(D)", use: "the planar map with both directions closed"}},
	{bijectionRow{"radial", bijection.Radial{}, flowtest.Options{}},
		about{paper: "1505.05770", forward: "O(D)", inverse: "O(D)", use: "draws points in or out around a centre"}},
	{bijectionRow{"Sylvester, reflected", bijection.Sylvester{}, flowtest.Options{}},
		about{paper: "1803.05649", forward: "O(D²)", inverse: "O(D²), and D equations of one unknown", use: "the planar map in many directions at once"}},
	{bijectionRow{"block autoregressive", bijection.BlockAutoregressive{Width: 3}, flowtest.Options{}},
		about{paper: "1904.04676", forward: "D equations of one unknown, a pass of the column's own blocks for each step", inverse: "1 pass of the network, which is the map", use: "densities in few columns, scored more than drawn"}},
	{bijectionRow{"activation norm", bijection.ActNorm{}, flowtest.Options{}},
		about{paper: "1807.03039", forward: "O(D)", inverse: "O(D)", use: "the scale of data between layers, from the first batch"}},
	{bijectionRow{"batch norm", bijection.BatchNorm{}, flowtest.Options{}},
		about{paper: "1705.07057", forward: "O(D)", inverse: "O(D)", use: "deep flows of affine maps; rows of a training batch depend on each other"}},
	{bijectionRow{"parts", bijection.Parts{{Columns: 2, Transform: bijection.Ordered{}}, {Columns: 1}, {Columns: 2, Transform: bijection.Autoregressive{Net: made}}}, flowtest.Options{Dim: 5, Context: 1}},
		about{forward: "that of its maps", inverse: "that of its maps", use: "parameters of different kinds, each with its region"}},
	{bijectionRow{"given affine", bijection.GivenAffine{Mean: []float64{0.5, -2, 1}, Factor: []float64{1.5, 0, 0, -0.5, 0.75, 0, 2, 0.25, 0.5}}, flowtest.Options{}},
		about{forward: "O(D²), a product", inverse: "O(D²), a triangular solve", use: "a first guess of mean and covariance, which is not learned"}},
	{bijectionRow{"ordered columns", bijection.Ordered{}, flowtest.Options{}},
		about{paper: "Stan Reference Manual, ordered vector", forward: "O(D)", inverse: "O(D)", use: "cut points, and components that would be exchanged otherwise"}},
	{bijectionRow{"simplex", bijection.Simplex{}, flowtest.Options{}},
		about{paper: "Stan Reference Manual, unit simplex", forward: "O(D)", inverse: "O(D)", use: "probabilities, all but the last"}},
	{bijectionRow{"embedded condition", bijection.Embed{Net: nn.Embedding{Layers: []int{5, 4}, Activation: "tanh"}, Transform: bijection.Chain{Transforms: []bijection.Bijection{bijection.Coupling{Net: mlp}, bijection.Autoregressive{Net: made}}}}, flowtest.Options{Context: 2}},
		about{forward: "that of its map", inverse: "that of its map", use: "a condition that a learned network reads once, for all maps"}},
	{bijectionRow{"angles in the condition", bijection.Embed{Net: nn.Angles{Columns: []int{1}}, Transform: bijection.Coupling{Net: mlp}}, flowtest.Options{Context: 2}},
		about{forward: "that of its map", inverse: "that of its map", use: "a condition that goes round: directions, hours of the day"}},
	{bijectionRow{"chain", bijection.Chain{Transforms: []bijection.Bijection{bijection.Coupling{Net: mlp}, bijection.Permute{}, bijection.Static{}, bijection.Autoregressive{Net: made}}}, flowtest.Options{Context: 1}},
		about{forward: "that of its parts", inverse: "that of its parts", use: "one map after the other"}},
	{bijectionRow{"inverted", bijection.Invert{Bijection: bijection.Autoregressive{Net: made}}, flowtest.Options{Context: 1}},
		about{paper: "1606.04934", forward: "the inverse of the other", inverse: "the forward of the other", use: "MAF ↔ IAF: chooses which direction is the cheap one"}},
}
