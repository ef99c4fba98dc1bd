"""Writes scipy.json: what scipy and numpy say of samples that the tests of this package make again.

    python3 -m venv venv && venv/bin/pip install scipy==1.17.1 && venv/bin/python scipy.py >scipy.json

A sample is named by seed, size, number of distinct values (which makes ties) and shift. Its values are whole
numbers of the linear congruential generator of the C standard (ISO/IEC 9899, 7.22.2.2), so that any language
makes the same.
"""
import json
import sys

sys.path.pop(0)  # this file has the name of the package
import numpy
import scipy
from scipy import stats


def sample(seed, size, distinct, shift):
    values, state = [], seed
    for _ in range(size):
        state = (state * 1103515245 + 12345) % 2**31
        values.append(float(state // 65536 % distinct + shift))
    return values


def p(value):
    return float(f"{value:.17g}")


tests = []
for a, b, method in [
    ((1, 500, 40, 0), (2, 500, 40, 1), "asymptotic"),
    ((1, 500, 40, 0), (2, 500, 40, 3), "asymptotic"),
    ((3, 500, 7, 0), (4, 500, 7, 0), "asymptotic"),
    ((5, 500, 1000, 0), (6, 500, 1000, 40), "asymptotic"),
    ((7, 500, 12, 0), (8, 500, 12, 9), "asymptotic"),
    ((9, 26, 9, 0), (10, 500, 9, 1), "asymptotic"),
    ((11, 30, 5, 1), (12, 26, 5, 0), "asymptotic"),
    ((13, 500, 2, 0), (14, 30, 3, 0), "asymptotic"),
    ((15, 8, 32768, 0), (16, 9, 32768, 5000), "exact"),
    ((57, 25, 32768, 0), (58, 25, 32768, 9000), "exact"),
]:
    x, y = sample(*a), sample(*b)
    if method == "exact":
        assert len(set(x + y)) == len(x + y), (a, b)  # scipy's exact test is for samples without ties
    r = stats.mannwhitneyu(x, y, alternative="two-sided", method=method, use_continuity=True)
    tests.append({"a": a, "b": b, "p": p(r.pvalue), "a12": p(r.statistic / (len(x) * len(y)))})

columns = []
for a, b in [((21, 200, 30, 0), (22, 200, 30, 0)), ((23, 50, 5, 0), (24, 50, 9, 0)), ((25, 300, 32768, 0), (26, 300, 32768, 0))]:
    x = sample(*a)
    y = [u + v for u, v in zip(x, sample(*b))]
    columns.append({"a": a, "b": b, "tau_b": p(stats.kendalltau(x, y).statistic), "spearman": p(stats.spearmanr(x, y).statistic),
                    "pearson": p(stats.pearsonr(x, y).statistic)})

samples = []
for a in [(31, 2, 50, 0), (32, 7, 50, 0), (33, 100, 12, 0), (34, 501, 32768, 0)]:
    x = sample(*a)
    n, sd = len(x), numpy.std(x, ddof=1)
    samples.append({"a": a, "mean": p(numpy.mean(x)), "std": p(sd), "ci": p(stats.t.ppf(0.975, n - 1) * sd / n**0.5),
                    "quartiles": [p(q) for q in numpy.quantile(x, [0.25, 0.5, 0.75], method="linear")]})

differences = []
for a, b in [((41, 20, 60, 0), (42, 30, 40, 10)), ((43, 3, 90, 0), (44, 500, 20, 0))]:
    x, y = sample(*a), sample(*b)
    low, high = stats.ttest_ind(x, y, equal_var=False).confidence_interval(0.95)
    differences.append({"a": a, "b": b, "diff": p(numpy.mean(x) - numpy.mean(y)), "half": p((high - low) / 2)})

json.dump({"scipy": scipy.__version__, "numpy": numpy.__version__, "mann_whitney": tests, "correlations": columns,
           "samples": samples, "differences": differences}, sys.stdout, indent=1)
print()
