"""Make galaxies.csv from the training table of LSST DESC's rail_base.

    python make.py training.parquet galaxies.csv

Needs pandas and pyarrow. Keeps the six magnitudes and the redshift, in the order of the source, and drops every
row in which a magnitude is the survey's "not detected" sentinel (99) or not finite. Numbers are written with the
fewest digits that read back as the same float32. The same input gives the same bytes.
"""

import argparse

import numpy as np
import pandas as pd

BANDS = "ugrizy"
COLUMNS = [f"mag_{band}_lsst" for band in BANDS] + ["redshift"]
SENTINEL = 90.0  # real magnitudes end near 32; the source writes 99 for "not detected"


def shortest(value: np.float32) -> str:
    return np.format_float_positional(value, unique=True, trim="-")


def main() -> None:
    parser = argparse.ArgumentParser(description="Make galaxies.csv from training.parquet.")
    parser.add_argument("parquet")
    parser.add_argument("csv")
    arguments = parser.parse_args()

    values = pd.read_parquet(arguments.parquet, columns=COLUMNS)[COLUMNS].to_numpy()
    if values.dtype != np.float32:
        raise SystemExit(f"{arguments.parquet}: expected float32 columns, got {values.dtype}")
    good = np.isfinite(values).all(axis=1) & (values[:, :-1] < SENTINEL).all(axis=1)
    with open(arguments.csv, "w", encoding="utf-8", newline="") as file:
        file.write(",".join(COLUMNS) + "\n")
        for row in values[good]:
            file.write(",".join(map(shortest, row)) + "\n")
    print(f"{arguments.csv}: {good.sum()} rows of {len(COLUMNS)} columns, {(~good).sum()} rows dropped")


if __name__ == "__main__":
    main()
