// Package search holds the optimizers, one a file, each a leaf that registers itself.
package search
