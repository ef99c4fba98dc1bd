// Package number writes numbers for people and programs: a count with its noun, thousands set apart, a mean with its
// interval. It also splits lists of them. What is not known is a dash in a table and null in JSON, never NaN.
package number
