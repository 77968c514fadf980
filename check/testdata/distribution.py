"""Writes distribution.csv: distribution functions of one variable, to 40 digits by mpmath's quadratures, which agree with scipy's formulas to
what these are good for (checked here). Run beside it:

    python distribution.py
"""

import csv

import mpmath as mp
import scipy
from scipy import stats

mp.mp.dps = 40


def student(z, df):
    z, df = mp.mpf(z), mp.mpf(df)
    tail = mp.betainc(df / 2, mp.mpf(1) / 2, 0, df / (df + z * z), regularized=True) / 2
    return 1 - tail if z > 0 else tail


def von_mises(t, k):
    t, k = mp.mpf(t), mp.mpf(k)
    width = 1 / mp.sqrt(k)
    knots = sorted({mp.mpf(0), *(s * width for s in (1, 2, 4, 8, 16) if s * width < mp.pi), mp.pi})
    area = lambda to: mp.quad(lambda s: mp.exp(k * (mp.cos(s) - 1)), [x for x in knots if x < to] + [to])
    half = area(abs(t)) / area(mp.pi) / 2 if t else mp.mpf(0)
    return mp.mpf(1) / 2 + (half if t > 0 else -half)


rows = []
for z in (-700, -30, -3, -0.4, 0, 1e-9, 0.7, 2, 25):
    rows.append(("normal", z, 0, mp.ncdf(z), stats.norm.cdf(z)))
    rows.append(("laplace", z, 0, mp.exp(z) / 2 if z < 0 else 1 - mp.exp(-mp.mpf(z)) / 2, stats.laplace.cdf(z)))
    rows.append(("logistic", z, 0, 1 / (1 + mp.exp(-mp.mpf(z))), stats.logistic.cdf(z)))
for df in (0.1, 0.7, 1, 2.5, 10, 300, 9e4, 2e5, 1e8):
    for z in (-1e6, -40, -5, -1.3, 0, 1e-5, 0.2, 3, 1e9):
        rows.append(("student", z, df, student(z, df), stats.t.cdf(z, df)))
for k in (1e-10, 1e-3, 0.5, 2, 19, 60, 1e3, 1e6, 1e8):
    for t in (-3.141592653589793, -2.5, -1, -0.3, -1e-3, -1e-4, 0, 2e-4, 0.01, 0.5, 1.9, 3):
        rows.append(("von mises", t, k, von_mises(t, k), stats.vonmises.cdf(t, k)))

with open("distribution.csv", "w", newline="") as f:
    out = csv.writer(f, lineterminator="\n")
    f.write(f"# distribution.py, mpmath {mp.__version__}, scipy {scipy.__version__}\n")
    out.writerow(["family", "x", "shape", "below"])
    for family, x, shape, below, theirs in rows:
        # scipy takes the von Mises density for a normal where kappa is large, with an error of 1e-6 and less
        assert abs(below - mp.mpf(float(theirs))) < (2e-6 if family == "von mises" else 1e-9), (family, x, shape, below, theirs)
        out.writerow([family, repr(x), repr(shape), mp.nstr(below, 17)])
