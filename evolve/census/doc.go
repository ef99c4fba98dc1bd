// Package census lists the architectures of a benchmark, one after the other or the best of all, each with all that the
// benchmark knows of it, and writes them as CSV.
package census
