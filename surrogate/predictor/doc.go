// Package predictor measures how well models that were shown a few architectures rank others. It registers the
// measurement predictors of data/papers, which may not import surrogate/model.
package predictor
