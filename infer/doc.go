// Package infer approximates a density that is known up to its constant, such as a posterior, by a flow.
//
// ReverseKL fits the flow q to the target p* by minimizing KL(q‖p*), the mean over draws of the flow of log q(x) − log p̃*(x), reparametrized
// (Papamakarios et al., arXiv 1912.02762, section 2.3.2). Draw then gives points of the flow with their importance weights p̃*/q, which correct what the fit
// has missed and say how much that was: by their effective number and by the shape of their tail (Pareto k̂). They estimate the constant, moments, and, resampled,
// points of the target itself.
//
// Reverse divergence is blind to what the flow never draws: modes that it has not found do not show in its loss, its effective number of draws or k̂. Annealing
// helps to find them.
//
// Posterior fits the posterior of a model that can only be simulated from, given any observation: a flow under a condition, by maximum likelihood on parameters of the prior and
// observations of them. Rounds does it for one observation, and simulates where it matters.
package infer
