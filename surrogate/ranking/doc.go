// Package ranking says how well the scores of shared weights order the cells of a truth: over checkpoints, epochs and
// seeds, in several variants beside each other, with the controls and references without which such a figure says
// little.
package ranking
