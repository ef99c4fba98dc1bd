// Package sheet is the layout of what a person reads of one thing: a table, an image set, a network, a training.
//
// A [Sheet] holds plain values: headings, lines, paragraphs and grids. Whoever knows the thing fills the sheet, and
// [Sheet.WriteText] prints it, so that a report of sheets need not know what they are about.
package sheet
