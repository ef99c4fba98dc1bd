// Package benchtest has what tests of benchmarks share: published tables, imported once a process
// into a home that goes with it, and short ways to ask a benchmark.
package benchtest
