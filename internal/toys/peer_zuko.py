"""The recipes that zuko has. Its NICE is the affine coupling, that of RealNVP; its NAF has networks where ours has mixtures of sigmoids."""

from zuko import flows

import peer_torch

CLASSES = {
    "realnvp": flows.RealNVP,
    "maf": flows.MAF,
    "nsf-ar": flows.NSF,
    "ncsf": flows.NCSF,
    "bpf": flows.BPF,
    "sospf": flows.SOSPF,
    "naf": flows.NAF,
    "unaf": flows.UNAF,
    "gf": flows.GF,
}


def build(recipe, config):
    nets = {} if recipe == "gf" else dict(hidden_features=config["hidden"])
    if "bins" in config:
        nets["bins"] = config["bins"]
    flow = CLASSES[recipe](2, transforms=config["transforms"], **nets)
    return flow, lambda x: flow().log_prob(x)


if __name__ == "__main__":
    peer_torch.main("zuko", build)
