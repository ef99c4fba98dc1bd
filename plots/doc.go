// Package plots draws the figures of a paper about architecture search.
//
// Figures of experiments are kinds in the registry [Figures], one a file: a kind reads values of package trace and has
// a title, a caption, axes and options of its own; [Draw] draws one as a spec says. Most are a [Chart], panels of
// curves. Other figures are structs of plain values: reproductions beside their published values ([IntervalFigure]),
// trainings ([Learning], [Confusion]) and the cells themselves ([Graph], which [Cell] makes of an architecture).
//
// All are written as PNG (200 dpi), SVG and PDF; a cell also as DOT and Mermaid text. One theme serves all: Liberation
// Sans, the Okabe-Ito palette, which the colour-blind can tell apart, and a marker or a dash pattern for every series,
// so that a figure survives a grey print. The same input gives the same bytes: no file carries a date.
package plots
