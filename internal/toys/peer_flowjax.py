"""The recipes that flowjax has, trained by one jitted scan: Adam, a cosine from the rate to 0, clipped gradients, as package train does it."""

import json
import sys
import time
from importlib.metadata import version

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
import paramax
from flowjax import flows
from flowjax.bijections import RationalQuadraticSpline
from flowjax.distributions import StandardNormal


def build(recipe, config, key):
    o = dict(base_dist=StandardNormal((2,)), flow_layers=config["transforms"])
    nets = dict(nn_width=config["hidden"][0], nn_depth=len(config["hidden"]))
    spline = lambda: RationalQuadraticSpline(knots=config["bins"] - 1, interval=5)  # the inner ones
    if recipe == "realnvp":
        return flows.coupling_flow(key, **o, **nets)
    if recipe == "nsf-c":
        return flows.coupling_flow(key, transformer=spline(), **o, **nets)
    if recipe in ("maf", "iaf"):
        return flows.masked_autoregressive_flow(key, invert=recipe == "maf", **o, **nets)
    if recipe == "nsf-ar":
        return flows.masked_autoregressive_flow(key, transformer=spline(), **o, **nets)
    if recipe == "bnaf":
        return flows.block_neural_autoregressive_flow(key, nn_block_dim=config["hidden"][0] // 2, nn_depth=len(config["hidden"]), **o)
    if recipe == "triangular-spline":
        return flows.triangular_spline_flow(key, knots=7, **o)
    if recipe == "planar":
        return flows.planar_flow(key, **o)
    raise SystemExit(f"flowjax has no {recipe}")


def main():
    o = json.loads(sys.argv[1])
    flow = build(o["recipe"], o["config"], jr.key(o["seed"]))
    params, static = eqx.partition(flow, eqx.is_inexact_array, is_leaf=lambda x: isinstance(x, paramax.NonTrainable))
    adam = optax.apply_if_finite(optax.adam(optax.cosine_decay_schedule(o["rate"], o["steps"])), o["steps"])
    optimizer = optax.chain(optax.clip_by_global_norm(o["clip"]), adam)
    log_prob = lambda p, x: paramax.unwrap(eqx.combine(p, static)).log_prob(x)

    @jax.jit
    def train(p, s, x):
        def step(carry, batch):
            gradient = jax.grad(lambda p: -log_prob(p, batch).mean())(carry[0])
            update, s = optimizer.update(gradient, carry[1], carry[0])
            return (eqx.apply_updates(carry[0], update), s), None

        return jax.lax.scan(step, (p, s), x)[0]

    x = jnp.asarray(np.load(o["samples"])).reshape(o["steps"], o["batch"], 2)
    began = time.perf_counter()
    params, _ = jax.block_until_ready(train(params, optimizer.init(params), x))
    seconds = time.perf_counter() - began

    score, n = jax.jit(log_prob), 8192
    points = np.load(o["points"])
    padded = np.concatenate([points, np.zeros((-len(points) % n, 2), np.float32)])
    out = np.concatenate([np.asarray(score(params, padded[i : i + n])) for i in range(0, len(padded), n)])[: len(points)]
    answer = dict(version=version("flowjax"), parameters=sum(a.size for a in jax.tree.leaves(params)), seconds=round(seconds, 2))
    bad = int((~np.isfinite(out)).sum())
    if bad:
        answer["failed"] = f"{bad} of {len(out)} log-densities are not finite"
    np.save(o["out"], out.astype(np.float32))
    print(json.dumps(answer))


main()
