// Package vae fits variational autoencoders (Kingma and Welling, arXiv 1312.6114) whose posterior, prior and decoder are flows.
//
// A model of rows x with a latent z has a prior p(z) and a decoder p(x|z). Its likelihood p(x) = ∫ p(x|z)·p(z) dz has no formula; an encoder, a network
// that gives a posterior q(z|x) its condition, bounds it:
//
//	log p(x) ≥ E_q[log p(x|z) + log p(z) − log q(z|x)]
//
// the gap being KL(q(z|x)‖p(z|x)). So a posterior that can be more than a Gaussian with independent columns gives a tighter bound, and a better model: the case for flows
// (Rezende and Mohamed, arXiv 1505.05770; Kingma et al., arXiv 1606.04934). The average of n weights inside the logarithm is tighter still (Burda et al., arXiv
// 1509.00519) and goes to log p(x) with n: Compiled.Bound.
package vae
