"""The recipes that normflows has, with the blocks that its documentation uses.

MaskedAffineAutoregressive is an inverse autoregressive flow as it is, and Reverse makes a MAF of it; Planar and Radial have no inverse, and score inside
Reverse. Networks of splines are residual with one block, which are two layers, and spline couplings also map the half that passes.
"""

import math

import normflows as nf
import torch

import peer_torch


def layers(recipe, config):
    f, hidden = nf.flows, config["hidden"]
    swap = lambda: f.Permute(2, mode="swap")
    made = lambda: f.MaskedAffineAutoregressive(2, hidden[0], num_blocks=len(hidden) - 1, use_residual_blocks=False)
    net = lambda outputs: nf.nets.MLP([1, *hidden, outputs], init_zeros=True)
    for i in range(config["transforms"]):
        if recipe == "nice":
            yield from [f.AffineCouplingBlock(net(1), scale=False), swap()]
        elif recipe == "realnvp":
            yield from [f.AffineCouplingBlock(net(2)), swap()]
        elif recipe == "maf":
            yield from [f.Reverse(made()), swap()]
        elif recipe == "iaf":
            yield from [made(), swap()]
        elif recipe == "nsf-ar":
            yield from [f.AutoregressiveRationalQuadraticSpline(2, 1, hidden[0], num_bins=config["bins"], tail_bound=5), swap()]
        elif recipe == "nsf-c":
            yield from [f.CoupledRationalQuadraticSpline(2, 1, hidden[0], num_bins=config["bins"], tail_bound=5), f.LULinearPermute(2)]
        elif recipe == "ncsf":
            yield f.CircularCoupledRationalQuadraticSpline(
                2, 1, hidden[0], [0, 1], num_bins=8, tail_bound=torch.tensor([math.pi, math.pi]), reverse_mask=i % 2 == 1)
        elif recipe == "planar":
            yield f.Reverse(f.Planar((2,)))
        elif recipe == "radial":
            yield f.Reverse(f.Radial((2,)))
        else:
            raise SystemExit(f"normflows has no {recipe}")


def build(recipe, config):
    chain = list(layers(recipe, config))
    if recipe == "nice":
        chain.insert(0, nf.flows.AffineConstFlow((2,)))
    base = nf.distributions.DiagGaussian(2, trainable=False)
    if recipe == "ncsf":
        base = nf.distributions.base.Uniform(2, -math.pi, math.pi)
    model = nf.NormalizingFlow(base, chain)
    return model, model.log_prob


if __name__ == "__main__":
    peer_torch.main("normflows", build)
