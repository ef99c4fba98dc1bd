// Package evolvetest holds the conformance suites of searchers, spaces and benchmarks, as
// testing/fstest does for file systems. They take an entry of a registry, so that whoever
// registers something can ask for all that the others promise. Every seed is fixed: a
// statistical assertion that holds once holds for ever.
package evolvetest
