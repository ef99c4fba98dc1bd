// Package data imports published benchmark tables and keeps them as compact files.
//
// A table is made once, from the untouched files that others published, each checked
// against its known size and SHA-256; opening it afterwards takes milliseconds.
package data
