package flowtest_test

import (
	"diffeo/dist"
	"diffeo/flowtest"
	"diffeo/graph"
	"diffeo/nn"
)

// plainDists are the base densities.
var plainDists = []described[distRow]{
	{distRow{"standard normal", dist.StandardNormal{Dim: 2}, flowtest.Options{}},
		about{cost: "D", use: "the usual base"}},
	{distRow{"diagonal normal", dist.DiagonalNormal{Dim: 2}, flowtest.Options{}},
		about{cost: "D", use: "a base with a learned place and size"}},
	{distRow{"full normal", dist.FullNormal{Dim: 2}, flowtest.Options{}},
		about{cost: "D²", use: "linear correlations in the base"}},
	{distRow{"conditional normal", dist.ConditionalNormal{Dim: 2}, flowtest.Options{Context: 2}},
		about{cost: "a network", use: "conditions that move and stretch everything"}},
	{distRow{"normal by channel", dist.ChannelNormal{Images: []graph.Shape{{2, 1, 2}, {1, 2, 1}}}, flowtest.Options{Context: 2}},
		about{paper: "1807.03039", cost: "D", use: "latents of images; classes by their embedding"}},
	{distRow{"uniform", dist.Uniform{Low: []float64{-2}, High: []float64{3}}, flowtest.Options{}},
		about{cost: "D", use: "data in a box; universality by distribution functions"}},
	{distRow{"uniform on the circle", dist.UniformCircle{Dim: 2}, flowtest.Options{}},
		about{cost: "D", use: "the base of circular splines"}},
	{distRow{"von Mises", dist.VonMises{Dim: 2}, flowtest.Options{}},
		about{paper: "1805.08498", cost: "D", use: "angles around a mean"}},
	{distRow{"Laplace", dist.Laplace{Dim: 2}, flowtest.Options{}},
		about{cost: "D", use: "exponential tails with a kink"}},
	{distRow{"logistic", dist.Logistic{Dim: 2}, flowtest.Options{}},
		about{cost: "D", use: "exponential tails, smooth"}},
	{distRow{"Student's t", dist.StudentT{Dim: 2}, flowtest.Options{}},
		about{paper: "2206.10311", cost: "D", use: "power-law tails of learned weight in every column"}},
	{distRow{"mixture", dist.Mixture{Dim: 2}, flowtest.Options{}},
		about{cost: "K·D", use: "several modes, diagonal"}},
	{distRow{"mixture of full normals", dist.MixtureOf{Components: []dist.Distribution{dist.FullNormal{Dim: 2, Loc: []float64{-2, 1}}, dist.FullNormal{Dim: 2, Loc: []float64{2, 0}}}}, flowtest.Options{}},
		about{cost: "that of its K parts", use: "several modes of any family"}},
	{distRow{"product of a circle and a line", dist.Product{Parts: []dist.Distribution{dist.VonMises{Dim: 1, Loc: []float64{1}}, dist.Laplace{Dim: 1}}}, flowtest.Options{}},
		about{cost: "that of its parts", use: "columns of different kinds"}},
	{distRow{"normal at a temperature", dist.Tempered{Base: dist.DiagonalNormal{Dim: 2, Loc: []float64{1, -1}}, T: 0.7}, flowtest.Options{}},
		about{paper: "1802.05751, 1807.03039", cost: "that of its base", use: "draws near to, or far from, the centres of a base"}},
	{distRow{"resampled normal", dist.Resampled{Dim: 2, Net: nn.MLP{Hidden: []int{16}, Activation: "tanh"}, Tries: 4}, flowtest.Options{}},
		about{paper: "1810.11428, 2110.15828", cost: "a network; draws: some of them", use: "modes and holes that a diffeomorphism of a normal cannot make"}},
}
