// Package oneshot trains supernets: networks that hold all architectures of a cell space at once, on weights that these
// share, so that an architecture can be judged without a training of its own (Pham et al. 2018, arXiv:1802.03268).
//
// A [Shared] takes steps along paths. A path is the network of one architecture: a step along it does the arithmetic
// of that network's own training, to the same bits, and moves the weights of the path alone. Nothing here chooses
// paths: searchers do.
package oneshot
