// Package space holds the search spaces, one encoding a file, each a leaf that registers
// itself.
package space
