package page

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve/number"
)

// finding is what an experiment found, in a sentence.
type finding struct{ Of, Text string } // Of is its folder, where there are several

// lead says what was found.
func lead(parts []part) (all []finding) {
	for i := range parts {
		if text := parts[i].found(); text != "" {
			f := finding{Text: text}
			if len(parts) > 1 {
				f.Of = parts[i].Folder
			}
			all = append(all, f)
		}
	}
	return all
}

// mostNamed is the number of other algorithms up to which a sentence names each.
const mostNamed = 4

// found says which algorithms end best, by the measure that the tests are of, and from which others the tests tell
// these apart. Of an unfinished experiment it is of the runs that have ended.
func (p *part) found() string {
	best, reaches := p.bestOf()
	if best == nil {
		return ""
	}
	text := ""
	if p.Waiting != "" {
		text = "So far, of the runs that have ended: "
	}
	r := &p.report
	name := r.Results[best[0]].Label
	if len(r.Results) == 1 {
		if n := r.Results[0].Seeds; n > 1 {
			return text + fmt.Sprintf("%s reaches %s on %s in the mean of %d runs.", name, reaches, p.Tested, n)
		}
		return text + fmt.Sprintf("%s reaches %s on %s in one run.", name, reaches, p.Tested)
	}
	if len(best) == 1 {
		return text + fmt.Sprintf("%s ends best on %s, %s in the mean%s.", name, p.Tested, reaches, p.told(best))
	}
	var names []string
	for _, i := range best {
		names = append(names, r.Results[i].Label)
	}
	return text + fmt.Sprintf("%s end alike and best on %s, %s in the mean%s.", enumerated(names), p.Tested, reaches,
		p.told(best))
}

// bestOf are the algorithms that end best, more than one where their means are printed alike, and what they reach.
func (p *part) bestOf() (best []int, reaches string) {
	r := &p.report
	if p.Fronts != nil {
		volumes := make([]number.Nullable, len(r.Results))
		for i := range r.Results {
			volumes[i] = r.Results[i].Fronts.Hypervolume
		}
		if best = tops(volumes, false, printedVolume); best != nil {
			reaches = printedVolume(volumes[best[0]])
		}
		return best, reaches
	}
	best = p.Results.best
	switch len(best) {
	case 0:
	case 1:
		reaches = p.Results.Rows[best[0]].Val
	default: // whose intervals may differ
		reaches = r.Printed(float64(r.Results[best[0]].ValMean))
	}
	return best, strings.TrimSpace(reaches + " " + p.Results.Unit)
}

// told says from which others the tests tell the best apart.
func (p *part) told(best []int) string {
	var above, like []string
	for i := range p.report.Results {
		if slices.Contains(best, i) {
			continue
		}
		other, apart := p.report.Results[i].Label, true
		for _, b := range best {
			apart = apart && p.apart(p.report.Results[b].Label, other)
		}
		if apart {
			above = append(above, other)
		} else {
			like = append(like, other)
		}
	}
	switch {
	case len(above)+len(like) == 0:
		return ""
	case len(like) == 0:
		return ", told apart from every other algorithm"
	case len(above) == 0 && len(best) > 1:
		return ", and the tests tell them apart from none of the others"
	case len(above) == 0:
		return ", and the tests tell it apart from none of the others"
	case len(above)+len(like) > mostNamed:
		return fmt.Sprintf("; told apart from %d of the %d others", len(above), len(above)+len(like))
	}
	return "; told apart from " + enumerated(above) + ", not from " + enumerated(like)
}

// apart says whether the tests tell two algorithms apart.
func (p *part) apart(a, b string) bool {
	return slices.ContainsFunc(p.Tests, func(t testRow) bool {
		return t.apart && (t.A == a && t.B == b || t.A == b && t.B == a)
	})
}

func printedVolume(x number.Nullable) string { return number.Plain(x, 4) }

// enumerated are names in a sentence: "a", "a and b", "a, b and c".
func enumerated(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// tops are the indices of the best values, more than one where several are printed alike; nil where none is known.
func tops(values []number.Nullable, falls bool, printed func(number.Nullable) string) (best []int) {
	top := math.NaN()
	for _, v := range values {
		if x := float64(v); math.IsNaN(top) || falls && x < top || !falls && x > top {
			top = x
		}
	}
	if !number.Known(top) {
		return nil
	}
	for i, v := range values {
		if number.Known(float64(v)) && printed(v) == printed(number.Nullable(top)) {
			best = append(best, i)
		}
	}
	return best
}
