// Package pickle reads Python pickles of protocols 2 to 5 without running anything.
//
// Loading yields plain values: nil, bool, int64, float64, string, []byte, [*List],
// [*Tuple], [*Dict], [*Set], [Global] and [*Object]. A class or function is only ever a
// name; what Python would call becomes an [Object] that records the call. Names outside
// the caller's list are refused.
package pickle
