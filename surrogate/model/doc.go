// Package model is the surrogate: gradient boosted regression trees over small integer
// features, the metrics of a surrogate benchmark and the file that holds several models.
package model
