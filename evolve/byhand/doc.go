// Package byhand is a study whose trials somebody evaluates outside of Amoeba, by hand or from a script: ask for a
// trial, tell its result, in any order and from one process after another. All that happened is a journal of lines;
// each process brings the searcher to where it stands by asking and telling it the same again.
package byhand
