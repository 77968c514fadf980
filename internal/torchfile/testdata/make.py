"""Writes the files of this folder with PyTorch 2.15: python make.py"""

from collections import OrderedDict

import torch
from torch import nn

torch.manual_seed(0)
base = torch.arange(12, dtype=torch.float32).reshape(3, 4)
half = [0.0, -0.0, 1.0, -2.5, 65504.0, 6.103515625e-05, 5.960464477539063e-08, float("inf"), float("-inf")]
kinds = OrderedDict(
    float64=torch.tensor([0.1, -1e300], dtype=torch.float64),
    float32=base,
    transposed=base.t(),
    column=base[:, 1],
    corner=base[1:, 2:],
    expanded=base[0, :1].expand(3) + 0,
    spread=base[0, 3:4].expand(2, 3),
    parameter=nn.Parameter(torch.tensor([1.5, 2.5])),
    scalar=torch.tensor(7.0),
    empty=torch.zeros(0, 3),
    float16=torch.tensor(half, dtype=torch.float16),
    bfloat16=torch.tensor([1.0, -0.15625, 3.3895313892515355e38], dtype=torch.bfloat16),
    int64=torch.tensor([-(2**40), 3]),
    int32=torch.tensor([-(2**31), 7], dtype=torch.int32),
    int16=torch.tensor([-300, 300], dtype=torch.int16),
    int8=torch.tensor([-128, 127], dtype=torch.int8),
    uint8=torch.tensor([0, 255], dtype=torch.uint8),
    bool=torch.tensor([True, False, True]),
)
torch.save(kinds, "kinds.pt")
torch.save(kinds, "kinds_legacy.pt", _use_new_zipfile_serialization=False)

model = nn.Linear(2, 1)
optimizer = torch.optim.Adam(model.parameters())
model(torch.ones(1, 2)).sum().backward()
optimizer.step()
torch.save({"epoch": 3, "loss": 0.5, "name": "run", "dtype": torch.float32, "size": torch.Size([2]), "model.best": model.state_dict(), "model": {"net": model.state_dict()}, "optimizer": optimizer.state_dict()}, "trainer.pt")
torch.save(model, "module.pt")
