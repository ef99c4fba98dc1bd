// Package lab runs experiments: algorithms × runs on one benchmark, on all cores, into a
// folder that says all it holds and from which an interrupted experiment goes on.
package lab
