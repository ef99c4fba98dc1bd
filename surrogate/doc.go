// Package surrogate holds the benchmarks, one a file: tables, fitted surrogates and
// synthetic functions that answer in nanoseconds for a training run.
package surrogate
