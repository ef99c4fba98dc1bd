// Package report puts what was found before people and programs: as tables of text and as JSON.
//
// [Compare] reports an experiment, [Find] the architecture that a single search found. Both read an experiment's
// records and change nothing. Package number prints the numbers.
//
// The keys of the JSON are read by programs: new ones may be added, and none changes its name or its meaning.
package report
