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

# Small samples with ties: the exact p-value of the U statistic over all ways to deal the values out.
permuted = []
for a, b in [((61, 5, 4, 0), (62, 6, 4, 1)), ((63, 7, 3, 0), (64, 5, 3, 0)), ((65, 4, 5, 2), (66, 8, 5, 0)), ((67, 6, 9, 0), (68, 6, 9, 5))]:
    x, y = sample(*a), sample(*b)
    u = lambda x, y: stats.mannwhitneyu(x, y, method="asymptotic").statistic
    two, less = (stats.permutation_test((x, y), u, n_resamples=numpy.inf, alternative=how).pvalue for how in ("two-sided", "less"))
    permuted.append({"a": a, "b": b, "p": p(two), "less": p(less)})

# Pairs. Exact without ties and zeros; the normal approximation with both; and all ways to sign a few tied ranks.
signed = []
for a, b, method in [
    ((71, 6, 32768, 0), (72, 6, 32768, 3000), "exact"),
    ((73, 14, 32768, 0), (74, 14, 32768, 9000), "exact"),
    ((75, 25, 32768, 0), (76, 25, 32768, 5000), "exact"),
    ((77, 50, 32768, 0), (78, 50, 32768, 9000), "exact"),
    ((79, 500, 40, 0), (80, 500, 40, 2), "asymptotic"),
    ((81, 500, 7, 0), (82, 500, 7, 0), "asymptotic"),
    ((83, 200, 3, 0), (84, 200, 3, 1), "asymptotic"),
    ((85, 60, 32768, 0), (86, 60, 32768, 20000), "asymptotic"),
    ((87, 9, 5, 0), (88, 9, 5, 1), "permutations"),
    ((89, 12, 4, 0), (90, 12, 4, 1), "permutations"),
    ((91, 10, 9, 0), (92, 10, 9, 6), "permutations"),
]:
    x, y = sample(*a), sample(*b)
    d = numpy.array(x) - numpy.array(y)
    if method == "exact":
        assert len(set(abs(d))) == len(d) and 0 not in d, (a, b)
    d = d[d != 0]  # Wilcoxon's own treatment of zeros; w is of the pairs with x above y
    r = stats.rankdata(abs(d))
    if method == "permutations":
        value = stats.permutation_test((d,), lambda d: r[d > 0].sum(), permutation_type="samples", n_resamples=numpy.inf,
                                       vectorized=False).pvalue
    else:
        value = stats.wilcoxon(d, method=method, correction=method == "asymptotic").pvalue
    signed.append({"a": a, "b": b, "n": len(d), "w": p(r[d > 0].sum()), "p": p(value)})

# The range of k normal deviates.
ranges = []
for k in [2, 3, 4, 5, 11, 25, 60]:
    for q in [0.5, 2.0, 3.5, 5.0]:
        ranges.append({"k": k, "q": q, "tail": p(stats.studentized_range.sf(q, k, numpy.inf))})
quantiles = [{"k": k, "q": p(stats.studentized_range.ppf(0.95, k, numpy.inf))} for k in [2, 3, 4, 10, 11, 40]]

# Friedman's statistic, corrected for ties, and the F of Iman and Davenport of it. Rows are pieces of one sample.
friedman = []
for a, k in [((101, 56, 32768, 0), 4), ((102, 56, 6, 0), 4), ((103, 300, 4, 0), 10), ((104, 33, 32768, 0), 11), ((105, 40, 2, 0), 2)]:
    rows = numpy.array(sample(*a)).reshape(-1, k) + numpy.arange(k) // 2  # later methods are a little better
    columns_ = [rows[:, j] for j in range(k)]
    n = len(rows)
    if k > 2:
        r = stats.friedmanchisquare(*columns_)
        chi2, pvalue = r.statistic, r.pvalue
    else:  # scipy wants three samples
        ranks = numpy.apply_along_axis(stats.rankdata, 1, rows)
        ties = sum((t**3 - t) for row in rows for t in numpy.unique(row, return_counts=True)[1])
        chi2 = 12 * n / (k * (k + 1)) * ((ranks.mean(axis=0) - (k + 1) / 2) ** 2).sum() / (1 - ties / (n * k * (k * k - 1)))
        pvalue = stats.chi2.sf(chi2, k - 1)
    f = (n - 1) * chi2 / (n * (k - 1) - chi2)
    friedman.append({"a": a, "k": k, "chi2": p(chi2), "p": p(pvalue), "f": p(f), "pf": p(stats.f.sf(f, k - 1, (k - 1) * (n - 1))),
                     "ranks": [p(x) for x in (k + 1 - numpy.apply_along_axis(stats.rankdata, 1, rows)).mean(axis=0)]})

# A12 by counting, and the variance of its placements (DeLong, DeLong and Clarke-Pearson 1988).
effects = []
for a, b in [((111, 20, 9, 0), (112, 30, 9, 2)), ((113, 500, 40, 0), (114, 500, 40, 3)), ((115, 6, 32768, 0), (116, 5, 32768, 9000)), ((117, 30, 5, 0), (118, 2, 5, 1))]:
    x, y = numpy.array(sample(*a)), numpy.array(sample(*b))
    won = (x[:, None] > y[None, :]) + (x[:, None] == y[None, :]) / 2
    theta = won.mean()
    se = (won.mean(axis=1).var(ddof=1) / len(x) + won.mean(axis=0).var(ddof=1) / len(y)) ** 0.5
    half = stats.norm.ppf(0.975) * se / (theta * (1 - theta))
    logit = numpy.log(theta / (1 - theta))
    effects.append({"a": a, "b": b, "a12": p(theta), "se": p(se), "low": p(1 / (1 + numpy.exp(half - logit))),
                    "high": p(1 / (1 + numpy.exp(-half - logit)))})

# The mean of the middle half, and the interval of the median between two order statistics.
middles = []
for a in [((131, n, 32768, 0)) for n in (1, 2, 3, 4, 5, 7, 8, 9, 30, 101)] + [(132, 500, 7, 0)]:
    x = sample(*a)
    ci = stats.quantile_test(x, q=0, p=0.5).confidence_interval(0.95)
    middles.append({"a": a, "iqm": p(stats.trim_mean(x, 0.25)), "low": None if numpy.isnan(ci.low) else p(ci.low),
                    "high": None if numpy.isnan(ci.high) else p(ci.high)})

json.dump({"scipy": scipy.__version__, "numpy": numpy.__version__, "mann_whitney": tests, "correlations": columns,
           "samples": samples, "differences": differences, "permuted": permuted, "signed": signed,
           "ranges": ranges, "quantiles": quantiles, "friedman": friedman, "effects": effects, "middles": middles}, sys.stdout, indent=1)
print()
