// Package trace is an experiment read back: all that figures, tables and reports look at.
//
// A [Set] holds what its runs found, and says which numbers a run has ([Set.Measures]) and along which courses it
// can be drawn ([Set.Axes]). Both are defined here and nowhere else. [Arm.Curve] draws an algorithm's runs together.
package trace
