// Package number writes numbers for people and programs: a count with its noun, thousands set
// apart, null in JSON for what is not known.
package number
