package page

import (
	"fmt"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/plots/report"
)

// extra is a table of plain cells: the first column names algorithms.
type extra struct {
	Caption string
	Head    []string
	Rows    [][]string
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
	t.Caption = "Means of the runs. Hypervolumes are measured from " + strings.Join(corner, ", ") + "."
	switch {
	case r.NoHypervolume != "":
		t.Caption = "Means of the runs. There are no hypervolumes: " + r.NoHypervolume + "."
	case r.Exact != nil:
		t.Caption += " The exact front has " + number.Count(r.Exact.Points, "point") + "."
	}
	for i := range r.Results {
		f := r.Results[i].Fronts
		if f == nil {
			continue
		}
		t.Rows = append(t.Rows, []string{r.Results[i].Label, number.Plain(f.Hypervolume, 4),
			number.Fixed(100*f.Share, 3), number.Fixed(f.Gap, 3), number.Plain(f.IGD, 4), number.Fixed(f.Found, 2),
			fmt.Sprint(len(f.Front))})
	}
	return t
}
