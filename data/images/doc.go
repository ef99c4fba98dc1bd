// Package images has the labelled pictures that networks are trained on for real: which there
// are, where they live, how they are split and how they come in batches.
//
// The digits are in the program: "Optical Recognition of Handwritten Digits" of the UCI Machine
// Learning Repository, its test part of 1,797 pictures of 8 x 8 pixels with values 0..16, by
// E. Alpaydin and C. Kaynak (1998), https://doi.org/10.24432/C50P49, under CC BY 4.0
// (https://creativecommons.org/licenses/by/4.0/). Their values are unchanged; they were
// repacked. The other sets are imported (amoeba data import) or fetched (amoeba data fetch)
// into one sealed file each below [data.Home].
package images
