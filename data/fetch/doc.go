// Package fetch downloads public files whose size and hash are known beforehand.
//
// A file grows as PATH.part next to its place and takes its name only when it is whole,
// checked and on disk. An interrupted download goes on from its part (RFC 9110, section 14).
package fetch
