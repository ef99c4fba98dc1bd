// Package lstm is long short-term memory of numbers alone (Hochreiter and Schmidhuber, Neural Computation 9(8), 1997;
// with the forget gates of Gers, Schmidhuber and Cummins, Neural Computation 12(10), 2000), and controllers made of it,
// which write architectures token by token (Zoph and Le 2017, arXiv:1611.01578; Pham et al. 2018, arXiv:1802.03268).
//
// A [Stack] turns vectors into vectors and gives exact gradients by back-propagation through time. A [Controller] puts
// embeddings before it and a softmax behind it for each kind of token. A [Writer] is a controller whose tokens are the
// decisions of a space.
//
// All arithmetic is in Go, in a fixed order, and no product is left to be fused with the sum that follows it: a seed
// gives the same bits in every build.
package lstm
