// Package truth says how well a prediction orders the cells of a table that this project trained, and how well one
// could. Beside every rank correlation of it stand two references, without which it says little: what one real run has,
// and the limit, which is what a perfect prediction would have against the same noisy means.
package truth
