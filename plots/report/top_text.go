package report

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/census"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/sheet"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

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
	if t.Shared {
		out.Line("Runs held them for the best by losses of shared weights, which are scores and no results; val and " +
			"test are of networks trained alone, – where none was")
	}
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
			table = append(table, append(row, strings.Join(how, " or ")))
		}
		out.Grid(table)
	}
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
		row := []string{strconv.Itoa(a.Rank), a.Genome, a.Arch, a.Key, full(a.Val), full(a.Test)}
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
