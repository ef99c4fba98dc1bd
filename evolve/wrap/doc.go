// Package wrap has benchmarks around benchmarks, one a file: each changes one thing and leaves the rest to the
// benchmark within, whose further abilities [evolve.As] finds. A benchmark that is asked for nothing special is
// returned as it is, so that a wrapper costs nothing where it does nothing.
package wrap
