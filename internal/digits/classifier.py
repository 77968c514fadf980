"""A small convolutional network learns digits, names those held out, and reads drawn ones. Argument and answer are JSON."""

import gzip
import json
import sys

import numpy as np
import torch
from torch import nn


def idx(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
        raw = np.frombuffer(f.read(), np.uint8)
    axes = raw[3]
    shape = [int.from_bytes(raw[4 + 4 * i : 8 + 4 * i].tobytes(), "big") for i in range(axes)]
    return torch.from_numpy(raw[4 + 4 * axes :].reshape(shape).copy())


def main():
    o = json.loads(sys.argv[1])
    torch.set_num_threads(o["threads"])
    torch.manual_seed(o["seed"])
    x, y = (idx(p) for p in o["train"])
    net = nn.Sequential(
        nn.Conv2d(1, 16, 5, stride=2, padding=2), nn.ReLU(), nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.ReLU(),
        nn.Flatten(), nn.Dropout(0.2), nn.Linear(32 * 49, 128), nn.ReLU(), nn.Linear(128, 10),
    )
    scaled = lambda p: p.reshape(-1, 1, 28, 28).float() / 255
    epochs, batch = 3, 128
    adam = torch.optim.Adam(net.parameters(), lr=2e-3)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(adam, epochs * (len(x) // batch))
    for _ in range(epochs):
        for rows in torch.randperm(len(x))[: len(x) // batch * batch].split(batch):
            adam.zero_grad(set_to_none=True)
            nn.functional.cross_entropy(net(scaled(x[rows])), y[rows].long()).backward()
            adam.step()
            cosine.step()
    net.eval()
    names = lambda p: torch.cat([net(scaled(part)).argmax(1) for part in p.split(1000)])
    with torch.no_grad():
        x, y = (idx(p) for p in o["held"])
        held = (names(x) == y).float().mean().item()
        shares = []
        for d in o["drawn"]:
            right = [(names(torch.from_numpy(np.load(f))) == k).float().mean().item() for k, f in enumerate(d["files"])]
            shares.append(dict(temperature=d["temperature"], all=round(sum(right) / len(right), 4), least=round(min(right), 4)))
    print(json.dumps(dict(held=round(held, 4), shares=shares)))


if __name__ == "__main__":
    main()
