package report

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve/grid"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/sheet"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// A Sweep is the report of a grid over the options of a searcher, as --json prints it. Means are over the ends of the
// runs, in the unit of the metric.
type Sweep struct {
	Benchmark string         `json:"benchmark"`
	Kind      string         `json:"kind"`
	Source    string         `json:"source"`
	Searcher  string         `json:"searcher"`
	Metric    string         `json:"metric"` // val, test, …
	Unit      string         `json:"unit"`
	Falls     bool           `json:"lower_is_better"`
	Seeds     int            `json:"seeds"`
	Bounds    string         `json:"bounds"`
	Seed      uint64         `json:"seed"`
	Axes      []SweepAxis    `json:"axes"`
	Settings  []SweepSetting `json:"settings"`       // in the order of the grid, its last axis the fastest
	LeftOut   []SweepLeftOut `json:"left_out"`       // combinations that are not run
	Best      string         `json:"best,omitempty"` // its algorithm; absent where no setting has a mean
	Notes     []string       `json:"notes,omitempty"`
	Files     []string       `json:"files"`

	grid    *trace.Grid
	judged  *trace.Judgement
	pool    string
	repeats string // see [Comparison.Repeats]
}

// SweepAxis is a parameter with its values.
type SweepAxis struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// SweepSetting is a combination of values that was run.
type SweepSetting struct {
	Algo   string            `json:"algo"`
	Values map[string]string `json:"values"`
	Runs   int               `json:"runs"` // that have a result
	Mean   number.Nullable   `json:"mean"`
	CI95   number.Nullable   `json:"ci95"` // half the width of the mean's interval, by Student's t
	Std    number.Nullable   `json:"std"`
	Median number.Nullable   `json:"median"`
	// Mann-Whitney's U against the best setting, by Holm's correction over all pairs of settings; null of the best.
	PHolm number.Nullable `json:"p_holm"`
	Best  bool            `json:"best,omitempty"`
	Tied  bool            `json:"tied,omitempty"` // it cannot be told from the best at the level of 5 %
}

// SweepLeftOut is a combination that is not run.
type SweepLeftOut struct {
	Algo string `json:"algo"`
	Why  string `json:"why"`
}

// NewSweep reports the experiment of a sweep by a metric. left are the settings that were left out.
func NewSweep(o *lab.Outcome, left []lab.LeftOut, metric string) (*Sweep, error) {
	m, err := o.Set.Measure(metric)
	if err != nil {
		return nil, err
	}
	g, err := o.Set.Grid()
	if err != nil {
		return nil, err
	}
	j := g.Judge(m)
	c := Comparison{Kind: o.About.Kind, Unpriced: o.About.Unpriced, Timed: o.About.Timed, Workers: o.Spec.Workers,
		Cluster: o.Spec.Cluster,
		Budget:  bound(o.Spec.Budget), Full: o.Spec.Full, TotalEpochs: o.Spec.TotalEpochs,
		Trials: bound(float64(o.Spec.Trials))}
	s := &Sweep{Benchmark: o.Spec.Benchmark, Kind: o.About.Kind, Source: o.About.Source, Searcher: g.Searcher,
		Metric: m.Name, Unit: m.Unit, Falls: m.Falls, Seeds: o.Spec.Seeds, Bounds: c.Bounds(), Seed: o.Spec.Seed,
		Settings: []SweepSetting{}, LeftOut: []SweepLeftOut{}, Notes: j.Notes, Files: o.Files,
		grid: g, judged: j, pool: c.Pool(), repeats: c.Repeats()}
	for _, a := range g.Axes {
		s.Axes = append(s.Axes, SweepAxis(a))
	}
	for i := range g.Cells {
		cell, x := &g.Cells[i], j.Ends[i]
		if cell.Arm == nil {
			continue
		}
		of := SweepSetting{Algo: cell.Algo, Values: map[string]string{}, Runs: x.N, Mean: number.Nullable(x.Mean),
			CI95: number.Nullable(x.CI), Std: number.Nullable(x.Std), Median: number.Nullable(x.Median),
			PHolm: number.Nullable(j.P[i]), Best: i == j.Best, Tied: j.Tied(i)}
		for k, v := range g.Values(cell) {
			of.Values[g.Axes[k].Name] = v
		}
		if s.Settings = append(s.Settings, of); of.Best {
			s.Best = of.Algo
		}
	}
	for _, x := range left {
		s.LeftOut = append(s.LeftOut, SweepLeftOut{x.Algo, words.Line(x.Why)})
	}
	return s, nil
}

// mostLeftOut bounds the settings of whose absence the text tells why.
const mostLeftOut = 10

// WriteText prints the report: a table for the first two parameters, one for each combination of the others, and which
// setting is the best.
func (s *Sweep) WriteText(w io.Writer) error {
	var out sheet.Sheet
	out.Line("%s · %s", s.Benchmark, s.Source)
	out.Line("%s: %s of %s, %s each, of %s, %s, seed %d", s.Searcher, number.Count(len(s.Settings), "setting"),
		s.names(), number.Count(s.Seeds, "run"), s.Bounds, s.pool, s.Seed)
	s.tables(&out)
	out.Line("")
	s.writeBest(&out)
	for i, x := range s.LeftOut {
		if i == mostLeftOut {
			out.Line("           and %d more (--json lists all)", len(s.LeftOut)-i)
			break
		}
		out.Line("left out   %s: %s", x.Algo, x.Why)
	}
	for _, text := range s.Notes {
		out.Line("note: %s", text)
	}
	if err := out.WriteText(w); err != nil {
		return err
	}
	if len(s.Files) > 0 {
		WriteFiles(w, s.Files)
	}
	return nil
}

// names are the parameters in words: "population × sample".
func (s *Sweep) names() string {
	var all []string
	for _, a := range s.Axes {
		all = append(all, a.Name)
	}
	return strings.Join(all, " × ")
}

// tables adds a grid of means for every combination of the third and further parameters.
func (s *Sweep) tables(out *sheet.Sheet) {
	axes := s.grid.Axes
	rows, columns := axes[0], grid.Axis{Values: []string{""}}
	if len(axes) > 1 {
		columns = axes[1]
	}
	var further []grid.Axis
	inner := 1 // cells from one value of the second parameter to the next
	for _, a := range axes[min(2, len(axes)):] {
		further, inner = append(further, a), inner*len(a.Values)
	}
	for at, others := range grid.Places(further) {
		what := strings.TrimSpace(s.judged.Of.What + " " + s.Unit)
		if columns.Name != "" {
			what += ", " + columns.Name + " →"
		}
		for k, v := range others {
			what += fmt.Sprintf(", %s=%s", further[k].Name, further[k].Values[v])
		}
		out.Line("")
		out.Line("%s", what)
		head := []string{rows.Name}
		if columns.Name != "" {
			head = append(head, columns.Values...)
		} else {
			head = append(head, "mean")
		}
		table := [][]string{head}
		for r, value := range rows.Values {
			line := []string{value}
			for c := range columns.Values {
				line = append(line, s.cell((r*len(columns.Values)+c)*inner+at))
			}
			table = append(table, line)
		}
		out.Grid(table)
	}
	out.Line("")
	out.Line("* best   = cannot be told from it   – not run")
}

// cell is the mean of a cell with its interval and its mark.
func (s *Sweep) cell(i int) string {
	switch {
	case s.grid.Cells[i].Arm == nil:
		return "–"
	case math.IsNaN(s.judged.Ends[i].Mean):
		return "no mean"
	case i == s.judged.Best:
		return s.mean(i) + " *"
	case s.judged.Tied(i):
		return s.mean(i) + " ="
	}
	return s.mean(i) + "  "
}

func (s *Sweep) mean(i int) string {
	x := s.judged.Ends[i]
	return number.PlusMinus(x.Mean, x.CI, func(x float64) string { return number.Plain(x, 3) })
}

// writeBest says which setting is the best, and which are as good for all that is known.
func (s *Sweep) writeBest(out *sheet.Sheet) {
	best := s.judged.Best
	if best < 0 {
		out.Line("best       none: no setting has a mean, as more than one run in ten has no result")
		return
	}
	of := fmt.Sprintf("mean of %d runs, 95 %% interval", s.judged.Ends[best].N)
	if s.judged.Ends[best].N == 1 {
		of = "one run, which has no interval"
	}
	out.Line("best       %s: %s %s %s (%s)", s.Best, s.judged.Of.What, s.mean(best), s.Unit, of)
	var tied []string
	worse, untested := 0, 0
	for i := range s.grid.Cells {
		switch {
		case i == best || s.grid.Cells[i].Arm == nil:
		case s.judged.Tied(i):
			tied = append(tied, s.grid.Cells[i].Algo)
		case math.IsNaN(s.judged.P[i]):
			untested++
		default:
			worse++
		}
	}
	by := fmt.Sprintf("Mann-Whitney's U, p ≥ %g by Holm over all pairs of settings", stats.Alpha)
	out.Line("as good    %d cannot be told from it, %d are worse (%s)", len(tied), worse, by)
	for _, algo := range tied {
		out.Line("           %s", algo)
	}
	if untested > 0 {
		out.Line("           %s with no test, as runs have no result", number.Count(untested, "setting"))
	}
	if s.Metric == "test" || s.Metric == "test-regret" {
		out.Line("The best of several means is a little too good: whoever reports its test result runs it on fresh " +
			"seeds.")
	}
	if s.repeats != "" {
		out.Line("%s", s.repeats)
	}
}
