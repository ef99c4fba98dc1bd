// Package gauss is Gaussian-process regression of numbers alone: rows of features in groups, targets, and what they say
// of rows that have no target yet. Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, is its book:
// chapter 2 has the posterior (algorithm 2.1), chapter 5 the marginal likelihood.
//
// A correlation is a function of one number: the sum over the groups of the squared distance, each divided by the
// square of a length-scale of its own. The mean and the variance of the process are profiled out of the likelihood.
// Products are rounded before they are added to, and what decides between alternatives is rounded to nine digits, so
// that every processor decides alike.
package gauss
