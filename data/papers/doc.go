// Package papers holds published results, one YAML file a paper: its numbers with their
// sources, the protocol, the experiments that repeat it and the margin within which two
// numbers count as the same.
package papers
