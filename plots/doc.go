// Package plots draws the figures of a paper about architecture search: search
// trajectories ([Chart]), reproductions beside their published values
// ([IntervalFigure]) and the cells themselves ([Graph]).
//
// A figure is a struct of plain values; [Incumbents] and [Cell] make figures of traces and
// architectures. All are written as PNG (200 dpi), SVG and PDF; a cell also as DOT and
// Mermaid text. One theme serves
// all: Liberation Sans, the Okabe-Ito palette, which the colour-blind can tell apart,
// and a marker or a dash pattern for every series, so that a figure survives a grey
// print. The same input gives the same bytes: no file carries a date.
package plots
