// Package card makes datasheets: of imported tables, computed from the landscapes of the benchmarks
// that answer from them, and of the runs that this project made.
package card
