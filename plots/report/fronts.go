package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// Fronts is what an algorithm's runs found where there are several objectives, as --json prints it. Means are of the
// runs that its other means are of. Null is what nobody knows; see Comparison.NoHypervolume.
type Fronts struct {
	Hypervolume number.Nullable `json:"hypervolume_mean"`       // in the objectives' own units
	Share       number.Nullable `json:"hypervolume_share_mean"` // of the exact front's
	Gap         number.Nullable `json:"hypervolume_gap_mean"`   // log10 of the mean missing share
	IGD         number.Nullable `json:"igd_mean"`               // IGD+, objectives scaled from ideal to reference
	Found       number.Nullable `json:"exact_points_mean"`      // points of the exact front that a run found
	Front       []FrontPoint    `json:"front"`                  // of all runs together

	half number.Nullable // of the hypervolume's 95 % interval
}

// FrontPoint is an architecture of a front, with its objectives in their units.
type FrontPoint struct {
	Arch   string            `json:"arch"`
	Values []number.Nullable `json:"values"`
	Run    int               `json:"run"` // from 0
}

// ExactFront is the front of the whole benchmark.
type ExactFront struct {
	Points      int             `json:"points"`
	Hypervolume number.Nullable `json:"hypervolume"`
}

// ignored are the further objectives where no algorithm minimises them.
func ignored(o *lab.Outcome) []string {
	if slices.ContainsFunc(o.Arms, func(a lab.Arm) bool { return a.Fronts() }) {
		return nil
	}
	return evolve.ObjectiveNames(further(o))
}

// tellFronts fills in what a report says of several objectives, and returns the measure that tests are of.
func (r *Comparison) tellFronts(o *lab.Outcome) trace.Measure {
	if len(o.Objectives) < 2 {
		return o.Set.Validation()
	}
	for i, x := range o.Set.Reference() {
		r.Reference = append(r.Reference, number.Nullable(o.Objectives[i].Value(x)))
	}
	exact := o.Set.ExactFront()
	if exact != nil {
		r.Exact = &ExactFront{len(exact), number.Nullable(o.Set.Volume(exact))}
	}
	measures := map[string]trace.Measure{}
	for _, m := range o.Set.Measures() {
		measures[m.Name] = m
	}
	for i := range o.Set.Arms {
		a := &o.Set.Arms[i]
		summed := a.Summed()
		describe := func(name string) stats.Sample {
			m, known := measures[name]
			if !known {
				return stats.Describe(nil)
			}
			return stats.Describe(summed.Ends(m))
		}
		mean := func(name string) number.Nullable { return number.Nullable(describe(name).Mean) }
		f := &Fronts{Hypervolume: mean(trace.HypervolumeMeasure), Share: number.Nullable(math.NaN()),
			Gap: number.Nullable(math.Log10(float64(mean(trace.GapMeasure)))), IGD: mean(trace.IGDMeasure),
			Found: mean(trace.PointsMeasure), Front: []FrontPoint{},
			half: number.Nullable(describe(trace.HypervolumeMeasure).CI)}
		if _, shares := measures[trace.GapMeasure]; shares {
			f.Share, f.Hypervolume = f.Hypervolume, f.Hypervolume*r.Exact.Hypervolume
			f.half *= r.Exact.Hypervolume
		}
		for _, p := range o.Set.Pooled(a) {
			f.Front = append(f.Front, FrontPoint{p.Entry.Arch, valuesOf(o, p.Values), p.Run})
		}
		r.Results[i].Fronts = f
	}
	if r.NoHypervolume = o.Set.NoHypervolume(); r.NoHypervolume != "" {
		return o.Set.Validation()
	}
	r.Tested = trace.HypervolumeMeasure
	return measures[trace.HypervolumeMeasure]
}

// valuesOf are losses as numbers in the units of the objectives.
func valuesOf(o *lab.Outcome, losses []float64) (values []number.Nullable) {
	for i, x := range losses {
		values = append(values, number.Nullable(o.Objectives[i].Value(x)))
	}
	return values
}

// text is a number of the i-th objective with its unit.
func (r *Comparison) text(i int, x number.Nullable) string {
	return Further{Value: x, Unit: r.Objectives[i].Unit}.String()
}

// volumeUnit is that of hypervolumes.
func (r *Comparison) volumeUnit() string {
	var all []evolve.Objective
	for _, o := range r.Objectives {
		all = append(all, evolve.Objective{Name: o.Name, Unit: o.Unit})
	}
	return (&trace.Set{Objectives: all}).Unit()
}

// corner says from where hypervolumes are measured, and how large they can be.
func (r *Comparison) corner() string {
	var parts []string
	for i, x := range r.Reference {
		parts = append(parts, r.Objectives[i].Name+" "+r.text(i, x))
	}
	text := "; reference point " + strings.Join(parts, ", ")
	if slices.ContainsFunc(r.Reference, func(x number.Nullable) bool { return !number.Known(float64(x)) }) {
		text = ""
	}
	if r.Exact == nil {
		return text + "; the exact front is not known"
	}
	text += "; the exact front has " + number.Count(r.Exact.Points, "point")
	if x := float64(r.Exact.Hypervolume); number.Known(x) {
		text += fmt.Sprintf(" and hypervolume %.6g %s", x, r.volumeUnit())
	}
	return text
}

// volumes says what is not seen of a table of hypervolumes: why there are none, or why all are 0; "" for nothing.
func (r *Comparison) volumes() string {
	switch some := func(x Result) bool { return x.Fronts.Hypervolume > 0 }; {
	case r.NoHypervolume != "":
		return "No hypervolume: " + r.NoHypervolume + "\n"
	case !slices.ContainsFunc(r.Results, some):
		return "No architecture is better than the reference point in every objective: give a worse one with the " +
			"benchmark's option reference=\n"
	}
	return ""
}

// writeFronts prints what the fronts of the algorithms' runs come to.
func (r *Comparison) writeFronts(w io.Writer) error {
	if r.Reference == nil {
		return nil
	}
	fmt.Fprintf(w, "\nFronts, means of the runs%s:\n%s", r.corner(), r.volumes())
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "  algorithm\thypervolume\tshare %\tgap (log10)\tIGD+\texact points\tpoints of all runs\t")
	for _, x := range r.Results {
		f := x.Fronts
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\t%s\t%d\t\n", x.Label, significant(f.Hypervolume),
			number.Fixed(100*f.Share, 3), number.Fixed(f.Gap, 3), significant(f.IGD), number.Fixed(f.Found, 2),
			len(f.Front))
	}
	return t.Flush()
}

// significant prints six digits of a number.
func significant(x number.Nullable) string {
	if !number.Known(float64(x)) {
		return "–"
	}
	return fmt.Sprintf("%.6g", float64(x))
}

// mostPrinted is so many points of a front as a terminal has room for.
const mostPrinted = 40

// writeFront prints the front of a single run, a line an architecture.
func (r *Comparison) writeFront(w io.Writer) {
	if r.Reference == nil {
		return
	}
	f := r.Results[0].Fronts
	fmt.Fprintf(w, "\nFront of %s%s\n%s", number.Count(len(f.Front), "architecture"), r.corner(), r.volumes())
	switch {
	case r.volumes() != "":
	case number.Known(float64(f.Share)):
		fmt.Fprintf(w, "Its hypervolume is %s %s, %.3f %% of the exact front's\n", significant(f.Hypervolume),
			r.volumeUnit(), 100*float64(f.Share))
	default:
		fmt.Fprintf(w, "Its hypervolume is %s %s\n", significant(f.Hypervolume), r.volumeUnit())
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	var names []string
	for _, o := range r.Objectives {
		names = append(names, o.Name)
	}
	fmt.Fprintf(t, "  %s\t  architecture\n", strings.Join(names, "\t"))
	for _, p := range f.Front[:min(mostPrinted, len(f.Front))] {
		for i, x := range p.Values {
			fmt.Fprintf(t, "  %s\t", r.text(i, x))
		}
		fmt.Fprintf(t, "  %s\n", p.Arch)
	}
	_ = t.Flush() // as of the lines above, nobody is told
	if more := len(f.Front) - mostPrinted; more > 0 {
		fmt.Fprintf(w, "  and %d more, see %s\n", more, lab.FrontFile)
	}
}
