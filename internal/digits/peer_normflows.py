"""Trains normflows' Glow, as its documentation builds it, on pictures: Adam, a warm-up and a cosine to 0, clipped gradients, as package train does it.

The argument is JSON; the answer is a line of JSON. Pictures are an IDX file, as they are; noise is uniform and new in every step.
"""

import gzip
import json
import math
import resource
import sys
import time
from importlib.metadata import version

import normflows as nf
import numpy as np
import torch


def pictures(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
        raw = np.frombuffer(f.read(), np.uint8)
    n, h, w = (int.from_bytes(raw[i : i + 4].tobytes(), "big") for i in (4, 8, 12))
    return torch.from_numpy(raw[16:].reshape(n, 1, h, w).copy())


def glow(shape, levels, steps, hidden):
    q0, merges, flows = [], [], []
    for i in range(levels):
        block = [
            nf.flows.GlowBlock(shape[0] * 2 ** (levels + 1 - i), hidden, split_mode="channel", scale=True, net_actnorm=True)
            for _ in range(steps)
        ]
        flows += [block + [nf.flows.Squeeze()]]
        if i > 0:
            merges += [nf.flows.Merge()]
            latent = (shape[0] * 2 ** (levels - i), shape[1] // 2 ** (levels - i), shape[2] // 2 ** (levels - i))
        else:
            latent = (shape[0] * 2 ** (levels + 1), shape[1] // 2**levels, shape[2] // 2**levels)
        q0 += [nf.distributions.DiagGaussian(latent)]
    return nf.MultiscaleFlow(q0, flows, merges, class_cond=False)


def main():
    o = json.loads(sys.argv[1])
    torch.set_num_threads(o["threads"])
    torch.manual_seed(o["seed"])
    train, held = pictures(o["train"]), pictures(o["held"])
    shape = train.shape[1:]
    model = glow(shape, o["levels"], o["transforms"], o["hidden"])
    params = [p for p in model.parameters() if p.requires_grad]

    def log_prob(x):  # of pixels: those of [0, 1) are 256 times as dense
        u = (x.float() + torch.rand(x.shape)) / 256
        return model.log_prob(u, None) - u[0].numel() * math.log(256)

    def rate(t):
        if t < o["warmup"]:
            return (t + 1) / o["warmup"]
        return 0.5 * (1 + math.cos(math.pi * (t - o["warmup"]) / (o["steps"] - o["warmup"])))

    adam = torch.optim.Adam(params, lr=o["rate"])
    schedule = torch.optim.lr_scheduler.LambdaLR(adam, rate)
    order = torch.randperm(len(train))
    used, at = 0.0, 0
    for _ in range(o["steps"]):
        if at + o["batch"] > len(train):
            order, at = torch.randperm(len(train)), 0
        rows = order[at : at + o["batch"]]
        at += o["batch"]
        began = time.perf_counter()
        adam.zero_grad(set_to_none=True)
        loss = -log_prob(train[rows]).mean()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(params, o["clip"])
        if torch.isfinite(norm):
            adam.step()
        schedule.step()
        used += time.perf_counter() - began
    model.eval()
    with torch.no_grad():
        bits = torch.cat([-log_prob(x) for x in held.split(500)]) / (math.log(2) * shape.numel())
    print(
        json.dumps(
            dict(
                version=version("normflows"),
                parameters=sum(p.numel() for p in params),
                seconds=round(used, 2),
                memory_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
                bits=round(bits.mean().item(), 5),
                error=round(bits.std().item() / math.sqrt(len(bits)), 5),
                loss=round(loss.item() / (math.log(2) * shape.numel()), 4),
            )
        )
    )


if __name__ == "__main__":
    main()
