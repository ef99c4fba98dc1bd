// Package words puts numbers, errors and paths into words. Every table, report, caption and line of progress of
// Amoeba prints them through it, so that a number looks the same wherever it is read.
//
// What is not known is a dash in a table and null in JSON ([Number]), never NaN.
package words
