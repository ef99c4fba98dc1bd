// Package forest is regression with forests of trees, of numbers alone: rows of small whole numbers, targets, and what
// they say of rows that have no target yet, as a mean with a standard deviation or as quantiles. Breiman, Machine
// Learning 45, 2001, is the forest of bootstrapped trees with the best splits; Geurts, Ernst and Wehenkel, Machine
// Learning 63, 2006, the one of extremely randomized trees; Meinshausen, JMLR 7, 2006, its quantiles.
//
// Targets are rounded to whole steps when a forest is grown, of which there are a million between the least and the
// most. Sums are therefore exact in any order, and every processor grows the same trees and answers the same.
package forest
