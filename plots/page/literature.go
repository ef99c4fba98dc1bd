package page

import (
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/plots/cite"
)

// What a page rests on: always the checklist, and where it has them tests with the size of effects, figures of ranks,
// latencies on devices as NAS-Bench-201's table of them has them, and the images of handwritten digits.
const (
	onChecklist = "Lindauer and Hutter, JMLR 2020, arXiv:1909.02453"
	onTests     = "Mann and Whitney 1947; Holm 1979; Vargha and Delaney 2000"
	onRanks     = "Friedman 1937; Nemenyi 1963; Demšar, JMLR 7"
	onLatencies = "Li et al., ICLR 2021, arXiv:2103.10584; Lee et al., NeurIPS 2021, arXiv:2106.08630"
	onDigits    = "Alpaydin and Kaynak 1998"
)

// literature is the BibTeX of all that experiments used: benchmarks, spaces, data, searchers, and what the page does
// with them.
func literature(v *view, all []*lab.Outcome) string {
	var texts []string
	for _, o := range all {
		texts = append(texts, o.Paper)
		if spec, err := evolve.ParseSpec(o.Spec.Benchmark); err == nil && o.About.Trains() {
			texts = append(texts, spacePaper(spec))
			if spec.Variant == "digits" {
				texts = append(texts, onDigits)
			}
		}
		if onDevices(o) {
			texts = append(texts, onLatencies)
		}
		for _, a := range planned(o) {
			texts = append(texts, a.Paper)
		}
	}
	texts = append(texts, onChecklist)
	if slices.ContainsFunc(v.Parts, func(p part) bool { return p.Tests != nil }) {
		texts = append(texts, onTests)
	}
	ranked := func(f figure) bool { return f.Kind == "cd" || f.Kind == "ranks" }
	if slices.ContainsFunc(v.Figures, ranked) {
		texts = append(texts, onRanks)
	}
	return cite.Self + "\n" + cite.BibTeX(texts...)
}

// spacePaper is the literature of the space that a training searches; "" where that is left to the benchmark.
func spacePaper(spec evolve.Spec) string {
	for _, x := range spec.Set {
		if x.Key == "space" {
			of, err := evolve.ParseSpec(strings.Trim(x.Value, "()"))
			if err != nil {
				return ""
			}
			entry, err := evolve.Spaces.Lookup(of.Name)
			if err != nil {
				return ""
			}
			return entry.Paper
		}
	}
	return ""
}
