"""Trains a flow of a PyTorch library: Adam, a cosine from the rate to 0, clipped gradients, as package train does it."""

import json
import sys
import time
from importlib.metadata import version

import numpy as np
import torch


def main(library, build):
    """build(recipe, config) -> (module, log_prob(x))"""
    o = json.loads(sys.argv[1])
    torch.set_num_threads(o["threads"])
    torch.manual_seed(o["seed"])
    model, log_prob = build(o["recipe"], o["config"])
    params = [p for p in model.parameters() if p.requires_grad]
    x = torch.from_numpy(np.load(o["samples"])).reshape(o["steps"], o["batch"], -1)
    adam = torch.optim.Adam(params, lr=o["rate"])
    cosine = torch.optim.lr_scheduler.LambdaLR(adam, lambda t: 0.5 * (1 + np.cos(np.pi * t / o["steps"])))
    model.train()
    began = time.perf_counter()
    for batch in x:
        adam.zero_grad(set_to_none=True)
        loss = -log_prob(batch).mean()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(params, o["clip"])
        if torch.isfinite(norm):
            adam.step()
        cosine.step()
    seconds = time.perf_counter() - began
    model.eval()
    out = []
    with torch.no_grad():
        for points in torch.from_numpy(np.load(o["points"])).split(8192):
            out.append(log_prob(points).reshape(-1).float().numpy())
    out = np.concatenate(out)
    answer = dict(version=version(library), parameters=sum(p.numel() for p in params), seconds=round(seconds, 2))
    bad = int((~np.isfinite(out)).sum())
    if bad:
        answer["failed"] = f"{bad} of {len(out)} log-densities are not finite"
    np.save(o["out"], out)
    print(json.dumps(answer))
