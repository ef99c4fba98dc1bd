package report

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/census"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/sheet"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/trace"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// Top is the best architectures of a benchmark, or those that the runs of an experiment found, as --json prints them.
type Top struct {
	Benchmark     string   `json:"benchmark"`
	Kind          string   `json:"kind"`
	Source        string   `json:"source"`
	Metric        string   `json:"metric"`
	Unit          string   `json:"unit"`
	By            string   `json:"by"`             // val, test or the objective that they are ordered by
	Of            int      `json:"of"`             // architectures that these are the best of
	Runs          int      `json:"runs,omitempty"` // of the experiment
	Architectures []Topped `json:"architectures"`
}

// Topped is an architecture with all that is known of it.
type Topped struct {
	Rank   int             `json:"rank"`
	Arch   string          `json:"arch"` // as the literature writes it
	Genome string          `json:"genome"`
	Key    string          `json:"key,omitempty"` // by which the benchmark finds it
	Val    number.Nullable `json:"val"`
	Test   number.Nullable `json:"test"`
	Facts  []evolve.Fact   `json:"facts"`
	Found  *Found          `json:"found,omitempty"` // by runs of an experiment
}

// Found says which runs of an experiment held an architecture for the best.
type Found struct {
	Runs  int    `json:"runs"`  // that held it for the best at some time
	Ended int    `json:"ended"` // that ended with it
	Algo  string `json:"algo"`  // of the first of these runs, by algorithm and number
	Run   int    `json:"run"`
	Trial int64  `json:"trial,omitempty"` // that found it there; absent where trials were not recorded
}

// TopOf are the n best architectures of a benchmark by an order, of all that there are.
func TopOf(ctx context.Context, c *census.Census, n int, by census.Order) (*Top, error) {
	m := c.About.Metric
	t := &Top{Benchmark: c.Spec.String(), Kind: c.About.Kind, Source: c.About.Source, Metric: m.Name(), Unit: m.Unit(),
		By: by.Name, Of: c.Size(), Architectures: []Topped{}}
	best, err := c.Best(ctx, n, by)
	if err != nil {
		return nil, err
	}
	for i, e := range best {
		facts, err := c.Facts(e.Arch)
		if err != nil {
			return nil, err
		}
		t.Architectures = append(t.Architectures, Topped{Rank: i + 1, Arch: c.Notation(e.Arch), Genome: string(e.Arch),
			Key: c.Key(e.Arch), Val: number.Nullable(e.Val), Test: number.Nullable(e.Test), Facts: facts})
	}
	return t, nil
}

// TopFound are the n best architectures that the runs of an experiment held for the best, by val or test. What else is
// known of them is told where the benchmark can be opened.
func TopFound(o *lab.Outcome, n int, by string) (*Top, error) {
	if by != census.ByVal && by != census.ByTest {
		return nil, evolve.Unknown("order of what runs found", by, []string{census.ByVal, census.ByTest})
	}
	m := o.About.Metric
	t := &Top{Benchmark: o.Spec.Benchmark, Kind: o.About.Kind, Source: o.About.Source, Metric: m.Name(), Unit: m.Unit(),
		By: by, Architectures: []Topped{}}
	at := map[string]int{}
	var all []Topped
	see := func(arm *trace.Arm, run int, e *journal.Entry, ended, dated bool) {
		k, known := at[e.Arch]
		if !known {
			k = len(all)
			at[e.Arch] = k
			all = append(all, Topped{Arch: e.Arch, Genome: e.Arch, Val: number.Nullable(m.Value(e.ValError)),
				Test: number.Nullable(m.Value(e.TestError)), Found: &Found{Algo: arm.Label, Run: run}})
			if dated {
				all[k].Found.Trial = e.Trial
			}
		}
		if ended {
			all[k].Found.Ended++
		}
	}
	for a := range o.Set.Arms {
		arm := &o.Set.Arms[a]
		for i := range arm.Runs {
			run := &arm.Runs[i]
			t.Runs++
			if !run.Found() {
				continue
			}
			held := map[string]bool{run.Final.Arch: true}
			for s := range run.Steps {
				held[run.Steps[s].Arch] = true
				see(arm, i, &run.Steps[s], false, true)
			}
			see(arm, i, &run.Final, true, false)
			for arch := range held {
				all[at[arch]].Found.Runs++
			}
		}
	}
	t.Of = len(all)
	if t.Of == 0 {
		return nil, fmt.Errorf("no run has found anything: %w", evolve.ErrInvalid)
	}
	key := func(b *Topped) float64 {
		x := float64(b.Val)
		if by == census.ByTest {
			x = float64(b.Test)
		}
		switch {
		case math.IsNaN(x):
			return math.Inf(1)
		case m.Falls():
			return x
		}
		return -x
	}
	slices.SortStableFunc(all, func(a, b Topped) int {
		return cmp.Or(cmp.Compare(key(&a), key(&b)), cmp.Compare(a.Genome, b.Genome))
	})
	t.Architectures = all[:min(n, len(all))]
	t.know(o.Bench)
	return t, nil
}

// know tells what a benchmark knows of the architectures; nil is one that is opened as the experiment has it.
func (t *Top) know(b evolve.Benchmark) {
	if spec, err := evolve.ParseSpec(t.Benchmark); b == nil && err == nil {
		b, _, _ = evolve.Benchmarks.Open(spec)
	}
	for i := range t.Architectures {
		a := &t.Architectures[i]
		a.Rank, a.Facts = i+1, []evolve.Fact{}
		if b == nil {
			continue
		}
		s := b.Problem().Space
		if n, ok := s.(evolve.Notation); ok {
			a.Arch = n.Format(evolve.Arch(a.Genome))
		}
		a.Key = space.Key(s, evolve.Arch(a.Genome))
		if q, ok := evolve.As[evolve.Querier](b); ok {
			if facts, err := q.Query(evolve.Arch(a.Genome)); err == nil {
				a.Facts = facts
			}
		}
	}
}

// WriteText prints a table of the architectures, and with facts one of all that is known of each.
func (t *Top) WriteText(w io.Writer, facts bool) error {
	var out sheet.Sheet
	out.Line("%s · %s", t.Benchmark, t.Source)
	what := fmt.Sprintf("of %s architectures", number.Grouped(t.Of))
	if t.Runs > 0 {
		what = fmt.Sprintf("of %s that %s held for the best", number.Count(t.Of, "architecture"),
			number.Count(t.Runs, "run"))
	}
	out.Line("the %d best by %s %s", len(t.Architectures), t.By, what)
	unit := ""
	if t.Unit != "" {
		unit = " " + t.Unit
	}
	out.Line("")
	if err := out.WriteText(w); err != nil {
		return err
	}
	shown := t.shown()
	head := []string{"  rank", "val" + unit, "test" + unit}
	head = append(head, shown...)
	if t.Runs > 0 {
		head = append(head, "found by", "ended with", "first")
	}
	// Cells are flush right but the last one, which no tab ends.
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(cells []string, arch string) { fmt.Fprintln(table, strings.Join(cells, "\t")+"\t  "+arch) }
	line(append(head, "key"), "architecture")
	for i := range t.Architectures {
		a := &t.Architectures[i]
		row := []string{"  " + strconv.Itoa(a.Rank), number.Plain(a.Val, 3), number.Plain(a.Test, 3)}
		for _, name := range shown {
			row = append(row, a.fact(name))
		}
		if f := a.Found; f != nil {
			first := fmt.Sprintf("%s run %d", f.Algo, f.Run)
			if f.Trial > 0 {
				first += fmt.Sprintf(" trial %d", f.Trial)
			}
			row = append(row, number.Count(f.Runs, "run"), number.Count(f.Ended, "run"), first)
		}
		arch := a.Arch
		if len(arch) > mostArch {
			arch = a.Genome
		}
		line(append(row, cmp.Or(a.Key, "–")), words.Short(arch, mostArch))
	}
	if err := table.Flush(); err != nil || !facts {
		return err
	}
	out = sheet.Sheet{}
	t.writeFacts(&out)
	return out.WriteText(w)
}

// mostArch bounds an architecture as the literature writes it in a table, in bytes. A longer one stands there by its
// genome.
const mostArch = 120

// mostShown bounds the objectives that have a column in the text; --facts prints all.
const mostShown = 3

// shown are the facts that have a column in the text: sizes and what else can be an objective.
func (t *Top) shown() (names []string) {
	for i := range t.Architectures {
		for _, f := range t.Architectures[i].Facts {
			if census.Objective(f.Name) && !slices.Contains(names, f.Name) && len(names) < mostShown {
				names = append(names, f.Name)
			}
		}
	}
	if census.Objective(t.By) && !slices.Contains(names, t.By) {
		names = append(names, t.By)
	}
	return names
}

// fact is a fact as a table shows it, a dash where it is not known.
func (b *Topped) fact(name string) string {
	for _, f := range b.Facts {
		switch {
		case f.Name != name:
		case f.Unit == evolve.UnitCount || f.How == counted:
			return number.Grouped(int(f.Value))
		default:
			text := fmt.Sprintf("%.6g", f.Value)
			if f.Unit != "" {
				text += " " + f.Unit
			}
			return text
		}
	}
	return "–"
}

// columnsShown is how many architectures stand side by side with all that is known of them.
const columnsShown = 5

// writeFacts prints all facts, an architecture a column.
func (t *Top) writeFacts(out *sheet.Sheet) {
	for part := range slices.Chunk(t.Architectures, columnsShown) {
		head := []string{"rank"}
		var names []string
		for i := range part {
			head = append(head, strconv.Itoa(part[i].Rank))
			for _, f := range part[i].Facts {
				if !slices.Contains(names, f.Name) {
					names = append(names, f.Name)
				}
			}
		}
		if names == nil {
			continue
		}
		table := [][]string{append(head, "origin")}
		for _, name := range names {
			row, how := []string{name}, []string{}
			for i := range part {
				row = append(row, part[i].fact(name))
				for _, f := range part[i].Facts {
					if f.Name == name && !slices.Contains(how, f.How) && name != "index" {
						how = append(how, f.How)
					}
				}
			}
			table = append(table, append(row, joined(how)))
		}
		out.Grid(table)
	}
}

// joined are the origins of a fact: "measured or estimated".
func joined(how []string) (text string) {
	for i, h := range how {
		if i > 0 {
			text += " or "
		}
		text += h
	}
	return text
}

// WriteCSV writes the architectures as CSV (RFC 4180), a row each, with all facts; of an experiment also who found it.
func (t *Top) WriteCSV(w io.Writer) error {
	var columns census.Columns
	for i := range t.Architectures {
		columns.Add(t.Architectures[i].Facts)
	}
	head := append([]string{"rank"}, census.Head(t.Unit)...)
	if t.Runs > 0 {
		head = append(head, "found_by_runs", "ended_with_runs", "algorithm", "run", "trial")
	}
	out := csv.NewWriter(w)
	rows := [][]string{append(head, columns.Header()...)}
	for i := range t.Architectures {
		a := &t.Architectures[i]
		row := []string{strconv.Itoa(a.Rank), a.Genome, a.Arch, a.Key, census.Number(float64(a.Val)),
			census.Number(float64(a.Test))}
		if f := a.Found; f != nil {
			trial := ""
			if f.Trial > 0 {
				trial = strconv.FormatInt(f.Trial, 10)
			}
			row = append(row, strconv.Itoa(f.Runs), strconv.Itoa(f.Ended), f.Algo, strconv.Itoa(f.Run), trial)
		}
		rows = append(rows, append(row, columns.Row(a.Facts)...))
	}
	return out.WriteAll(rows)
}
