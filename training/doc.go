// Package training trains networks for real, on gorgonia: a network of an architecture, fitted
// to a data set by a recipe, deterministic for a seed on one machine, and saved so that it goes
// on exactly.
package training
