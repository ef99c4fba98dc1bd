// Package stats is the statistics of Amoeba: functions of slices of numbers, which know no journal, no experiment and
// no file.
//
//   - [Describe] summarises the values of independent runs; [Quantile] is the one definition of a quantile,
//     [Mode] of the most frequent value.
//   - [Difference] compares two means, [MannWhitney] two samples by their order, [Compare] every pair of
//     several samples, corrected by [Holm]; [A12] says how large such a difference is, within which interval.
//   - [Friedman] ranks several methods over many rows, [Wilcoxon] compares two of them row by row, [NemenyiCD]
//     says how far average ranks must be apart; [Contrasts] is all of it for every pair. [Groups] are the methods
//     that the critical difference does not tell apart.
//   - [InterquartileMean] sums up runs on many data sets, [BootstrapIQM] is its interval; [MedianInterval] is the
//     median's.
//   - [KaplanMeier] estimates how long runs take to a target that some never reach, with the median and the restricted
//     mean; [LogRank] compares two samples of such times.
//   - [Hypervolume] is the quality of a front of several objectives, [IGDPlus] how far it stays behind another.
//   - [KendallTauB], [Spearman] and [Pearson] correlate two columns; [Evaluate] judges predictions, [Agree] the
//     order in which they put rows; [ComponentsOf] says how much of it noise leaves to be found.
//
// A result that says less than it seems to carries its doubts in words ([Test.Notes]). Every sum rounds its
// products before it adds them, so that a seed gives the same bits in every build. The tests compare with
// numbers that scipy (testdata/scipy.py) and lifelines (testdata/survival.py) made.
package stats
