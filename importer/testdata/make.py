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


def case(name, library, flow, spec, context=0, positive=False, wide=2.0, forward=False):
    """Moves all parameters, runs batch norm over some batches, saves the state and scores 12 points, or draws them where the library cannot score."""
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
        elif forward:
            log_prob = flow.q0.log_prob(x)
            for f in flow.flows:
                x, log_det = f(x)
                log_prob -= log_det
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

# The rest of the catalogue.
for name, cls, kw in [
    ("zuko_ncsf_context", "NCSF", dict(features=3, context=2, transforms=2, bins=4, slope=0.01, hidden_features=h, randperm=True)),
    ("zuko_bpf_one", "BPF", dict(features=1, transforms=2, degree=5)),
    ("zuko_bpf_context", "BPF", dict(features=3, context=2, transforms=2, degree=3, hidden_features=h)),
    ("zuko_sospf_context", "SOSPF", dict(features=2, context=1, transforms=2, degree=2, polynomials=2, slope=0.01, hidden_features=h)),
    ("zuko_sospf_one", "SOSPF", dict(features=1, transforms=2, degree=2, polynomials=3)),
    ("zuko_naf_context", "NAF", dict(features=2, context=1, transforms=2, signal=3, network=dict(hidden_features=(4,)), hidden_features=h, randperm=True)),
    ("zuko_naf_one", "NAF", dict(features=1, transforms=2, signal=2, network=dict(hidden_features=(4, 4)))),
    ("zuko_unaf_context", "UNAF", dict(features=2, context=1, transforms=2, signal=3, network=dict(hidden_features=(4,)), hidden_features=h)),
    ("zuko_unaf_one", "UNAF", dict(features=1, transforms=2, signal=2, network=dict(hidden_features=(4,)))),
    ("zuko_gf_context", "GF", dict(features=3, context=2, transforms=2, components=3, hidden_features=h, activation="Tanh")),
]:
    args = dict(kw)
    if "activation" in args:
        args["activation"] = getattr(torch.nn, args["activation"])
    case(name, "zuko", getattr(zuko.flows, cls)(**args), {"flow": cls, **kw, "_dim": kw["features"]}, kw.get("context", 0), wide=0.8 if cls == "NCSF" else 2.0)


def composed(name, transforms, specs, dim, **kw):
    case(name, "nflows", nflows.flows.Flow(nt.CompositeTransform(transforms), nflows.distributions.StandardNormal([dim])),
         {"flow": "Flow", "_dim": dim, "distribution": {"type": "StandardNormal", "shape": [dim]}, "transforms": specs}, **kw)


composed("nflows_linear", [
    nt.QRLinear(4, num_householder=3), nt.SVDLinear(4, num_householder=2, eps=0.01), nt.HouseholderSequence(4, 3), nt.NaiveLinear(4, orthogonal_initialization=False),
    nt.PointwiseAffineTransform(torch.tensor([0.5, -1.0, 0.0, 2.0]), torch.tensor([0.5, 1.5, 2.0, 1.0])), nt.IdentityTransform(),
    nt.InverseTransform(nt.ActNorm(4)), nt.PointwiseAffineTransform(0.25, 2.0)],
    [{"type": "QRLinear", "features": 4, "num_householder": 3}, {"type": "SVDLinear", "features": 4, "num_householder": 2, "eps": 0.01},
     {"type": "HouseholderSequence", "features": 4, "num_transforms": 3}, {"type": "NaiveLinear", "features": 4}, {"type": "PointwiseAffineTransform"},
     {"type": "IdentityTransform"}, {"type": "InverseTransform", "transform": {"type": "ActNorm", "features": 4}}, {"type": "PointwiseAffineTransform"}], 4)
mask, made = [1, -1, 1], {"features": 3, "hidden_features": 6, "num_blocks": 1}
composed("nflows_splines_box", [
    nt.PiecewiseLinearCDF([3], num_bins=3), nt.MaskedPiecewiseLinearAutoregressiveTransform(4, 3, 6, num_blocks=1),
    nt.PiecewiseQuadraticCouplingTransform(mask, resnet, num_bins=4, min_bin_width=0.01, apply_unconditional_transform=True),
    nt.MaskedPiecewiseQuadraticAutoregressiveTransform(3, 6, num_bins=3, num_blocks=1),
    nt.PiecewiseLinearCouplingTransform(mask, resnet, num_bins=4), nt.PiecewiseCubicCDF([3], num_bins=4),
    nt.MaskedPiecewiseCubicAutoregressiveTransform(3, 3, 6, num_blocks=1), nt.PiecewiseCubicCouplingTransform(mask, resnet, num_bins=4, min_bin_height=0.01),
    nt.PiecewiseQuadraticCDF([3], num_bins=3), nt.PiecewiseRationalQuadraticCDF([3], num_bins=3)],
    [{"type": "PiecewiseLinearCDF", "shape": [3], "num_bins": 3}, {"type": "MaskedPiecewiseLinearAutoregressiveTransform", "num_bins": 4, **made},
     {"type": "PiecewiseQuadraticCouplingTransform", "transform_net": net, "num_bins": 4, "min_bin_width": 0.01, "apply_unconditional_transform": True},
     {"type": "MaskedPiecewiseQuadraticAutoregressiveTransform", "num_bins": 3, **made},
     {"type": "PiecewiseLinearCouplingTransform", "transform_net": net, "num_bins": 4}, {"type": "PiecewiseCubicCDF", "shape": [3], "num_bins": 4},
     {"type": "MaskedPiecewiseCubicAutoregressiveTransform", "num_bins": 3, **made},
     {"type": "PiecewiseCubicCouplingTransform", "transform_net": net, "num_bins": 4, "min_bin_height": 0.01},
     {"type": "PiecewiseQuadraticCDF", "shape": [3], "num_bins": 3}, {"type": "PiecewiseRationalQuadraticCDF", "shape": [3], "num_bins": 3}], 3, positive=True)
tails = {"tails": "linear", "tail_bound": 2.5}
composed("nflows_splines_tails", [
    nt.MaskedPiecewiseQuadraticAutoregressiveTransform(3, 6, num_bins=4, num_blocks=1, **tails),
    nt.PiecewiseQuadraticCouplingTransform(mask, resnet, num_bins=4, apply_unconditional_transform=True, **tails),
    nt.PiecewiseLinearCouplingTransform(mask, resnet, num_bins=4, apply_unconditional_transform=True, **tails),
    nt.PiecewiseCubicCouplingTransform(mask, resnet, num_bins=4, apply_unconditional_transform=True, **tails),
    nt.PiecewiseQuadraticCDF([3], num_bins=3, **tails), nt.PiecewiseLinearCDF([3], num_bins=3, **tails), nt.PiecewiseCubicCDF([3], num_bins=3, **tails)],
    [{"type": "MaskedPiecewiseQuadraticAutoregressiveTransform", "num_bins": 4, **made, **tails},
     {"type": "PiecewiseQuadraticCouplingTransform", "transform_net": net, "num_bins": 4, "apply_unconditional_transform": True, **tails},
     {"type": "PiecewiseLinearCouplingTransform", "transform_net": net, "num_bins": 4, "apply_unconditional_transform": True, **tails},
     {"type": "PiecewiseCubicCouplingTransform", "transform_net": net, "num_bins": 4, "apply_unconditional_transform": True, **tails},
     {"type": "PiecewiseQuadraticCDF", "shape": [3], "num_bins": 3, **tails}, {"type": "PiecewiseLinearCDF", "shape": [3], "num_bins": 3, **tails},
     {"type": "PiecewiseCubicCDF", "shape": [3], "num_bins": 3, **tails}], 3)
composed("nflows_logit", [nt.Logit(), nt.AffineCouplingTransform(mask, resnet), nt.Sigmoid()],
         [{"type": "Logit"}, {"type": "AffineCouplingTransform", "transform_net": net}, {"type": "Sigmoid"}], 3, positive=True)

case("normflows_planar", "normflows",
     nf.NormalizingFlow(nf.distributions.DiagGaussian(3), [nf.flows.Planar((3,)), nf.flows.Radial((3,)), nf.flows.Planar((3,), act="leaky_relu"),
                                                          nf.flows.InvertibleAffine(3), nf.flows.InvertibleAffine(3, use_lu=False)]),
     {"flow": "NormalizingFlow", "_dim": 3, "q0": {"type": "DiagGaussian", "shape": 3}, "flows": [
         {"type": "Planar", "shape": [3]}, {"type": "Radial", "shape": [3]}, {"type": "Planar", "shape": [3], "act": "leaky_relu"},
         {"type": "InvertibleAffine", "num_channels": 3}, {"type": "InvertibleAffine", "num_channels": 3, "use_lu": False}]}, forward=True)
bounds = torch.tensor([3.0, torch.pi, torch.pi, 2.5])
case("normflows_circular", "normflows",
     nf.NormalizingFlow(nf.distributions.UniformGaussian(4, [1, 2], torch.tensor([2.0, 2 * torch.pi, 2 * torch.pi, 0.5])), [
         nf.flows.CircularCoupledRationalQuadraticSpline(4, 1, 6, [1, 2], num_bins=3, tail_bound=bounds), nf.flows.PeriodicShift([1, 2], torch.pi, 1.5),
         nf.flows.CircularCoupledRationalQuadraticSpline(4, 1, 6, [1, 2], num_bins=4, tail_bound=bounds, reverse_mask=True), nf.flows.PeriodicWrap([1, 2], torch.pi)]),
     {"flow": "NormalizingFlow", "_dim": 4, "q0": {"type": "UniformGaussian", "ndim": 4, "ind": [1, 2]}, "flows": [
         {"type": "CircularCoupledRationalQuadraticSpline", "num_input_channels": 4, "num_blocks": 1, "num_hidden_channels": 6, "ind_circ": [1, 2], "num_bins": 3, "tail_bound": bounds.tolist()},
         {"type": "PeriodicShift", "ind": [1, 2], "bound": torch.pi, "shift": 1.5},
         {"type": "CircularCoupledRationalQuadraticSpline", "num_input_channels": 4, "num_blocks": 1, "num_hidden_channels": 6, "ind_circ": [1, 2], "num_bins": 4, "tail_bound": bounds.tolist(), "reverse_mask": True},
         {"type": "PeriodicWrap", "ind": [1, 2], "bound": torch.pi}]},
     wide=0.7)
case("normflows_uniform", "normflows",
     nf.NormalizingFlow(nf.distributions.base.Uniform(2, 0.0, 1.0), [nf.flows.CoupledRationalQuadraticSpline(2, 1, 6, num_bins=3, tails=None)]),
     {"flow": "NormalizingFlow", "_dim": 2, "q0": {"type": "Uniform", "shape": 2, "low": 0.0, "high": 1.0}, "flows": [
         {"type": "CoupledRationalQuadraticSpline", "num_input_channels": 2, "num_blocks": 1, "num_hidden_channels": 6, "num_bins": 3, "tails": None}]},
     positive=True)

# Batch norm within residual blocks.
composed("nflows_norm", [
    nt.MaskedAffineAutoregressiveTransform(3, 6, context_features=2, num_blocks=2, use_batch_norm=True),
    nt.AffineCouplingTransform(mask, lambda i, o: nflows.nn.nets.ResidualNet(i, o, hidden_features=6, context_features=2, num_blocks=2, use_batch_norm=True))],
    [{"type": "MaskedAffineAutoregressiveTransform", "features": 3, "hidden_features": 6, "context_features": 2, "num_blocks": 2, "use_batch_norm": True},
     {"type": "AffineCouplingTransform", "transform_net": {"type": "ResidualNet", "hidden_features": 6, "context_features": 2, "num_blocks": 2, "use_batch_norm": True}}], 3, context=2)
case("normflows_norm", "normflows",
     nf.NormalizingFlow(nf.distributions.DiagGaussian(3), [nf.flows.MaskedAffineAutoregressive(3, 6, num_blocks=1, use_batch_norm=True)]),
     {"flow": "NormalizingFlow", "_dim": 3, "q0": {"type": "DiagGaussian", "shape": 3}, "flows": [
         {"type": "MaskedAffineAutoregressive", "features": 3, "hidden_features": 6, "num_blocks": 1, "use_batch_norm": True}]})

json.dump(cases, open("cases.json", "w"), indent=0)
