// Package page writes experiments as one HTML page that a person sends to a colleague: interactive curves, tables,
// tests, figures, the architectures that were found, what is measured and what predicted, a checklist of good practice
// filled in from the experiment, and the commands that make it all again.
//
// The page is one file and needs no network: its policy of content lets nothing be loaded, and runs the one script and
// applies the one style that it holds, told by their SHA-256. What people named (folders, labels, commands) is escaped.
// The same experiments give the same bytes.
//
// The curves are drawn by uPlot, whose files and licence are in the folder uplot.
package page
