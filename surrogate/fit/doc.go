// Package fit fits the surrogates: boosted trees on the table of a benchmark, judged on what was
// held out. What it makes is a model file, from which package surrogate answers.
package fit
