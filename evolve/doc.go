// Package evolve is the vocabulary of Amoeba and its one search loop.
//
// A [Study] asks a [Searcher] for proposals, gives them to a [Pool] of workers that
// score them with an [Evaluator], tells the searcher what came back and hands every
// [Outcome] to a [Recorder]. Everything else in Amoeba is a leaf of one of these.
//
// Losses are minimised everywhere: validation error as a fraction 0..1, unless the
// benchmark's [Metric] says otherwise. Costs are seconds. Values cross the hot path by pointer so that a simulated
// trial allocates nothing; a pointer handed to an interface is valid only until that call returns.
package evolve
