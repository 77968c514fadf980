"""Writes the checkpoints of this folder, and what the libraries compute with them: python make.py

zuko 1.6.0, nflows 0.14, normflows 1.7.3, PyTorch 2.15. Parameters are stored in float32 and evaluated in float64."""

import copy
import json

import nflows.distributions
import nflows.flows
import nflows.nn.nets
import nflows.transforms as nt
import normflows as nf
import torch
import zuko

torch.set_default_dtype(torch.float32)
cases = {}


def case(name, library, flow, spec, context=0, positive=False, wide=2.0):
    """Moves all parameters, runs batch norm over some batches, saves the state and scores 12 points."""
    torch.manual_seed(len(cases) + 1)
    dim = spec.pop("_dim")
    for p in flow.parameters():
        if p.dtype == torch.float32:
            p.data += 0.25 * torch.randn_like(p)
    for k, b in flow.named_buffers():
        if k.endswith("running_var"):
            b.copy_(0.5 + torch.rand_like(b))
        elif k.endswith("running_mean"):
            b.copy_(torch.randn_like(b))
        elif k.endswith("data_dep_init_done"):
            b.fill_(1)
    flow.eval()
    torch.save(flow.state_dict(), name + ".pt")
    flow = copy.deepcopy(flow).double()
    x = torch.rand(12, dim).double() if positive else (wide * torch.randn(12, dim)).double()
    c = torch.randn(12, context).double() if context else None
    torch.set_default_dtype(torch.float64)
    with torch.no_grad():
        if library == "zuko":
            log_prob = flow(c).log_prob(x)
        elif library == "nflows":
            log_prob = flow.log_prob(x, context=c)
        else:
            log_prob = flow.log_prob(x, context=c) if context else flow.log_prob(x)
    torch.set_default_dtype(torch.float32)
    cases[name] = {"library": library, "spec": spec, "x": x.tolist(), "context": c.tolist() if context else None, "log_prob": log_prob.tolist()}


torch.manual_seed(0)
h = (6, 5)

# zuko
for name, cls, kw in [
    ("zuko_nsf_coupling", "NSF", dict(features=5, context=2, transforms=2, bins=4, passes=2, hidden_features=h, randperm=True)),
    ("zuko_nsf_slope", "NSF", dict(features=3, transforms=2, bins=3, slope=0.05, hidden_features=h, activation="ELU")),
    ("zuko_maf_passes", "MAF", dict(features=7, transforms=3, passes=3, hidden_features=(20,))),
    ("zuko_maf_one", "MAF", dict(features=1, transforms=2)),
    ("zuko_nsf_one_context", "NSF", dict(features=1, context=2, transforms=2, bins=3, hidden_features=h)),
    ("zuko_maf_no_hidden", "MAF", dict(features=4, context=1, transforms=2, hidden_features=())),
    ("zuko_nice", "NICE", dict(features=5, transforms=3, randmask=True, hidden_features=h, activation="Tanh")),
    ("zuko_maf_defaults", "MAF", dict(features=3, transforms=1)),
]:
    args = dict(kw)
    if "activation" in args:
        args["activation"] = getattr(torch.nn, args["activation"])
    case(name, "zuko", getattr(zuko.flows, cls)(**args), {"flow": "zuko.flows." + cls, **kw, "_dim": kw["features"]}, kw.get("context", 0))

# nflows
MAF, NVP = nflows.flows.MaskedAutoregressiveFlow, nflows.flows.SimpleRealNVP
for name, cls, kw in [
    ("nflows_maf_plain", MAF, dict(features=4, hidden_features=9, num_layers=2, num_blocks_per_layer=2, use_residual_blocks=False, use_random_masks=True, use_random_permutations=True)),
    ("nflows_maf_norm", MAF, dict(features=3, hidden_features=7, num_layers=2, num_blocks_per_layer=2, use_residual_blocks=False, batch_norm_within_layers=True, batch_norm_between_layers=True)),
    ("nflows_realnvp_norm", NVP, dict(features=5, hidden_features=6, num_layers=3, num_blocks_per_layer=1, batch_norm_between_layers=True, activation="elu", dropout_probability=0.2)),
    ("nflows_realnvp_volume", NVP, dict(features=3, hidden_features=6, num_layers=2, num_blocks_per_layer=2, use_volume_preserving=True)),
]:
    args = dict(kw)
    if "activation" in args:
        args["activation"] = getattr(torch.nn.functional, args["activation"])
    case(name, "nflows", cls(**args), {"flow": cls.__name__, **kw, "_dim": kw["features"]})


def resnet(i, o, context=None):
    return nflows.nn.nets.ResidualNet(i, o, hidden_features=6, context_features=context, num_blocks=1)


net = {"type": "ResidualNet", "hidden_features": 6, "num_blocks": 1}
case("nflows_box", "nflows",
     nflows.flows.Flow(nt.CompositeTransform([
         nt.PiecewiseRationalQuadraticCouplingTransform([1, -1, 1], resnet, num_bins=4, min_bin_width=0.01, min_derivative=0.02),
         nt.ReversePermutation(3),
         nt.CompositeTransform([nt.MaskedPiecewiseRationalQuadraticAutoregressiveTransform(3, 6, num_bins=3, num_blocks=1)])]),
         nflows.distributions.StandardNormal([3])),
     {"flow": "Flow", "_dim": 3, "distribution": {"type": "StandardNormal", "shape": [3]}, "transform": {"type": "CompositeTransform", "transforms": [
         {"type": "PiecewiseRationalQuadraticCouplingTransform", "mask": [1, -1, 1], "transform_net": net, "num_bins": 4, "min_bin_width": 0.01, "min_derivative": 0.02},
         {"type": "ReversePermutation", "features": 3},
         {"type": "CompositeTransform", "transforms": [{"type": "MaskedPiecewiseRationalQuadraticAutoregressiveTransform", "features": 3, "hidden_features": 6, "num_bins": 3, "num_blocks": 1}]}]}},
     positive=True)
case("nflows_mixed", "nflows",
     nflows.flows.Flow(nt.CompositeTransform([
         nt.ActNorm(4), nt.BatchNorm(4, eps=1e-3),
         nt.AffineCouplingTransform([1, -1, 1, 1], lambda i, o: resnet(i, o, 2)),
         nt.LULinear(4, eps=1e-2),
         nt.AdditiveCouplingTransform([-1, -1, 1, 1], lambda i, o: resnet(i, o, 2)),
         nt.PiecewiseRationalQuadraticCouplingTransform([1, 1, -1, -1], lambda i, o: resnet(i, o, 2), num_bins=4, tails="linear", tail_bound=2.0)]),
         nflows.distributions.DiagonalNormal([4])),
     {"flow": "nflows.flows.Flow", "_dim": 4, "distribution": {"type": "DiagonalNormal", "shape": [4]}, "transforms": [
         {"type": "ActNorm", "features": 4}, {"type": "BatchNorm", "features": 4, "eps": 1e-3},
         {"type": "AffineCouplingTransform", "transform_net": {**net, "context_features": 2}},
         {"type": "LULinear", "features": 4, "eps": 1e-2},
         {"type": "AdditiveCouplingTransform", "transform_net": {**net, "context_features": 2}},
         {"type": "PiecewiseRationalQuadraticCouplingTransform", "transform_net": {**net, "context_features": 2}, "num_bins": 4, "tails": "linear", "tail_bound": 2.0}]},
     context=2)
case("nflows_one_context", "nflows",
     nflows.flows.Flow(nt.CompositeTransform([nt.MaskedAffineAutoregressiveTransform(1, 6, context_features=2), nt.MaskedAffineAutoregressiveTransform(1, 6, context_features=2, use_residual_blocks=False)]),
                       nflows.distributions.StandardNormal([1])),
     {"flow": "Flow", "_dim": 1, "distribution": {"type": "StandardNormal", "shape": [1]}, "transforms": [
         {"type": "MaskedAffineAutoregressiveTransform", "features": 1, "hidden_features": 6, "context_features": 2},
         {"type": "MaskedAffineAutoregressiveTransform", "features": 1, "hidden_features": 6, "context_features": 2, "use_residual_blocks": False}]},
     context=2)

# normflows
mlp = lambda *sizes, **kw: nf.nets.MLP(list(sizes), **kw)
spec = lambda *sizes, **kw: {"type": "MLP", "layers": list(sizes), **kw}
b = torch.tensor([1.0, 0.0, 1.0, 0.0, 0.0])
case("normflows_affine", "normflows",
     nf.NormalizingFlow(nf.distributions.GaussianMixture(3, 5), [
         nf.flows.MaskedAffineFlow(b, mlp(5, 6, 4, 5, dropout=0.1), mlp(5, 4, 5)), nf.flows.Permute(5, mode="swap"),
         nf.flows.MaskedAffineFlow(1 - b, mlp(5, 4, 5), None), nf.flows.Permute(5),
         nf.flows.MaskedAffineFlow(b, None, mlp(5, 5)), nf.flows.AffineConstFlow(5),
         nf.flows.AffineCouplingBlock(mlp(3, 4, 4)), nf.flows.AffineCouplingBlock(mlp(2, 4, 6), scale_map="sigmoid", split_mode="channel_inv"),
         nf.flows.AffineCouplingBlock(mlp(3, 4, 4), scale_map="sigmoid_inv"), nf.flows.AffineCouplingBlock(mlp(3, 4, 2), scale=False), nf.flows.ActNorm(5)]).float(),
     {"flow": "NormalizingFlow", "_dim": 5, "q0": {"type": "GaussianMixture", "n_modes": 3, "dim": 5}, "flows": [
         {"type": "MaskedAffineFlow", "t": spec(5, 6, 4, 5, dropout=0.1), "s": spec(5, 4, 5)}, {"type": "Permute", "num_channels": 5, "mode": "swap"},
         {"type": "MaskedAffineFlow", "t": spec(5, 4, 5), "s": None}, {"type": "Permute", "num_channels": 5},
         {"type": "MaskedAffineFlow", "s": spec(5, 5)}, {"type": "AffineConstFlow", "shape": [5]},
         {"type": "AffineCouplingBlock", "param_map": spec(3, 4, 4)}, {"type": "AffineCouplingBlock", "param_map": spec(2, 4, 6), "scale_map": "sigmoid", "split_mode": "channel_inv"},
         {"type": "AffineCouplingBlock", "param_map": spec(3, 4, 4), "scale_map": "sigmoid_inv"}, {"type": "AffineCouplingBlock", "param_map": spec(3, 4, 2), "scale": False},
         {"type": "ActNorm", "shape": 5}]})
case("normflows_nsf_ar", "normflows",
     nf.NormalizingFlow(nf.distributions.DiagGaussian(4, trainable=False), [f for _ in range(2) for f in (
         nf.flows.AutoregressiveRationalQuadraticSpline(4, 1, 6, num_bins=4, permute_mask=True, activation=torch.nn.SiLU), nf.flows.LULinearPermute(4))]),
     {"flow": "normflows.NormalizingFlow", "_dim": 4, "q0": {"type": "DiagGaussian", "shape": 4, "trainable": False}, "flows": [{"repeat": 2, "of": [
         {"type": "AutoregressiveRationalQuadraticSpline", "num_input_channels": 4, "num_blocks": 1, "num_hidden_channels": 6, "num_bins": 4, "permute_mask": True, "activation": "torch.nn.SiLU"},
         {"type": "LULinearPermute", "num_channels": 4}]}]})
case("normflows_conditional", "normflows",
     nf.ConditionalNormalizingFlow(nf.distributions.base.ConditionalDiagGaussian(3, torch.nn.Linear(2, 6)), [
         nf.flows.AutoregressiveRationalQuadraticSpline(3, 1, 6, num_context_channels=2, num_bins=3),
         nf.flows.CoupledRationalQuadraticSpline(3, 2, 6, num_context_channels=2, num_bins=3, tail_bound=2.5, reverse_mask=True)]),
     {"flow": "ConditionalNormalizingFlow", "_dim": 3, "q0": {"type": "ConditionalDiagGaussian", "shape": 3, "context_encoder": {"type": "Linear", "in_features": 2, "out_features": 6}}, "flows": [
         {"type": "AutoregressiveRationalQuadraticSpline", "num_input_channels": 3, "num_blocks": 1, "num_hidden_channels": 6, "num_context_channels": 2, "num_bins": 3},
         {"type": "CoupledRationalQuadraticSpline", "num_input_channels": 3, "num_blocks": 2, "num_hidden_channels": 6, "num_context_channels": 2, "num_bins": 3, "tail_bound": 2.5, "reverse_mask": True}]},
     context=2)
case("normflows_box", "normflows",
     nf.NormalizingFlow(nf.distributions.DiagGaussian(2), [nf.flows.CoupledRationalQuadraticSpline(2, 1, 6, num_bins=3, tails=None)]),
     {"flow": "NormalizingFlow", "_dim": 2, "q0": {"type": "DiagGaussian", "shape": [2]}, "flows": [
         {"type": "CoupledRationalQuadraticSpline", "num_input_channels": 2, "num_blocks": 1, "num_hidden_channels": 6, "num_bins": 3, "tails": None}]},
     positive=True)

json.dump(cases, open("cases.json", "w"), indent=0)
