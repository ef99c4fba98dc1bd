"""Writes survival.json: what lifelines says of lifetimes that the tests of this package make again.

    python3 -m venv venv && venv/bin/pip install lifelines==0.30.3 && venv/bin/python survival.py >survival.json

Two samples of scipy.py name lifetimes: when each would end, and until when it is watched.
"""
import itertools
import json
import sys

import numpy
from lifelines import KaplanMeierFitter
from lifelines.statistics import logrank_test
from lifelines.utils import median_survival_times, restricted_mean_survival_time


def sample(seed, size, distinct, shift):
    values, state = [], seed
    for _ in range(size):
        state = (state * 1103515245 + 12345) % 2**31
        values.append(float(state // 65536 % distinct + shift))
    return values


def lifetimes(of):
    ends, watched = numpy.array(sample(*of[0])), numpy.array(sample(*of[1]))
    return numpy.minimum(ends, watched), ends <= watched


def known(x):
    return None if not numpy.isfinite(x) else float(f"{x:.17g}")


def greenwood_se(t, e, horizon):
    """The standard error of the restricted mean, Klein and Moeschberger (4.5.3), by sums over a fine list of steps."""
    steps = sorted(set(t[e]))
    at = lambda u: numpy.prod([1 - (e & (t == s)).sum() / (t >= s).sum() for s in steps if s <= u])
    total = 0.0
    for s in steps:
        if s >= horizon:
            continue
        later = [s] + [u for u in steps if s < u < horizon] + [horizon]
        area = sum((b - a) * at(a) for a, b in zip(later, later[1:]))
        n, d = (t >= s).sum(), (e & (t == s)).sum()
        if n > d:
            total += area**2 * d / (n * (n - d))
    return total**0.5


groups = [
    ((201, 40, 300, 1), (202, 40, 400, 50)),
    ((203, 25, 30, 1), (204, 25, 25, 10)),  # ties
    ((205, 100, 1000, 1), (206, 100, 400, 100)),  # the share stays above a half
    ((207, 9, 50, 1), (208, 9, 1, 60)),  # nothing is censored
]
curves = []
for of in groups:
    t, e = lifetimes(of)
    k = KaplanMeierFitter().fit(t, e)
    ci = median_survival_times(k.confidence_interval_).values[0]
    horizon = 45.0
    curves.append({"of": of, "ended": int(e.sum()), "median": known(k.median_survival_time_), "low": known(ci[0]), "high": known(ci[1]),
                   "horizon": horizon, "mean": known(restricted_mean_survival_time(k, horizon)), "se": known(greenwood_se(t, e, horizon)),
                   "share": [known(k.predict(u)) for u in (5, 20, 45)]})

tests = []
for a, b in [(groups[0], groups[1]), (groups[0], groups[2]), (groups[1], ((209, 60, 40, 1), (210, 60, 30, 10))), (groups[2], groups[3])]:
    (ta, ea), (tb, eb) = lifetimes(a), lifetimes(b)
    r = logrank_test(ta, tb, ea, eb)
    tests.append({"a": a, "b": b, "chi2": known(r.test_statistic), "p": known(r.p_value)})

# Small samples: all ways to deal them out, each by the sum of what ended less what was expected to.
dealt = []
for a, b in [(((211, 4, 9, 1), (212, 4, 9, 5)), ((213, 5, 9, 4), (214, 5, 9, 5))), (((215, 3, 99, 1), (216, 3, 1, 200)), ((217, 3, 9, 100), (218, 3, 1, 200)))]:
    (ta, ea), (tb, eb) = lifetimes(a), lifetimes(b)
    t, e = numpy.concatenate([ta, tb]), numpy.concatenate([ea, eb])

    def excess(first):
        first = numpy.isin(numpy.arange(len(t)), first)
        return sum((e & first & (t == u)).sum() - (e & (t == u)).sum() * (first & (t >= u)).sum() / (t >= u).sum() for u in set(t[e]))

    seen = excess(range(len(ta)))
    all_ = [excess(c) for c in itertools.combinations(range(len(t)), len(ta))]
    dealt.append({"a": a, "b": b, "excess": known(seen), "p": known(numpy.mean(numpy.abs(all_) >= abs(seen) - 1e-9))})

json.dump({"curves": curves, "tests": tests, "dealt": dealt}, sys.stdout, indent=1)
print()
