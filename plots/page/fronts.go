package page

import (
	"fmt"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/plots/report"
)

// extra is a table of plain cells: the first column names algorithms.
type extra struct {
	Caption string
	Head    []string
	Rows    [][]string
	Best    []bool // of the rows, that the first number is the best, or printed like it
}

// frontsOf is the table of the fronts of several objectives; nil where there is one objective.
func frontsOf(r *report.Comparison) *extra {
	if r.Reference == nil {
		return nil
	}
	var corner []string
	for i, x := range r.Reference {
		corner = append(corner, r.Objectives[i].Name+" "+report.Further{Value: x, Unit: r.Objectives[i].Unit}.String())
	}
	t := &extra{Head: []string{"Algorithm", "hypervolume", "share of the exact front, %", "gap (log10)", "IGD+",
		"exact points found", "points of all runs"}}
	t.Caption = "Means of the runs; bold is the best hypervolume, by which the tests judge. " +
		"Hypervolumes are measured from " + strings.Join(corner, ", ") + "."
	switch {
	case r.NoHypervolume != "":
		t.Caption = "Means of the runs. There are no hypervolumes: " + r.NoHypervolume + "."
	case r.Exact != nil:
		t.Caption += " The exact front has " + number.Count(r.Exact.Points, "point") + "."
	}
	volumes := make([]number.Nullable, len(r.Results))
	for i := range r.Results {
		volumes[i] = r.Results[i].Fronts.Hypervolume
	}
	best := tops(volumes, false, printedVolume)
	if len(r.Results) == 1 {
		best = nil
	}
	for i := range r.Results {
		f := r.Results[i].Fronts
		t.Rows = append(t.Rows, []string{r.Results[i].Label, printedVolume(f.Hypervolume),
			number.Fixed(100*f.Share, 3), number.Fixed(f.Gap, 3), number.Plain(f.IGD, 4), number.Fixed(f.Found, 2),
			fmt.Sprint(len(f.Front))})
		t.Best = append(t.Best, slices.Contains(best, i))
	}
	return t
}
