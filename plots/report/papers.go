package report

import (
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/amoeba-nas/amoeba/data/papers"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/number"
)

// papersTitle heads the page of several papers.
const papersTitle = "# Papers repeated\n"

// PapersPage is the kind of the page of several papers.
var PapersPage = durable.Begins("page of several papers", papersTitle)

// tally counts verdicts and says them in a fixed order, the rarest names last.
func tally(verdicts []string) string {
	count := map[string]int{}
	for _, v := range verdicts {
		name, _, _ := strings.Cut(v, ": ") // of a table that is absent
		count[name]++
	}
	var parts []string
	for _, v := range []string{papers.Equivalent, papers.Differs, papers.Holds, papers.Fails, papers.Unjudged,
		papers.Equivalent + tuned, papers.Differs + tuned, papers.Unjudged + tuned, papers.TooShort + tuned,
		papers.Incomparable, papers.Unverified, papers.Missing, papers.TooShort, "skipped"} {
		if n := count[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	if len(parts) == 0 {
		return "–"
	}
	return strings.Join(parts, ", ")
}

// outcome is a paper's line in the summary: what became of its numbers and of its claims.
func outcome(r *papers.Result) (rows, claims string) {
	switch {
	case r.Skipped != "":
		first, more, several := strings.Cut(r.Skipped, ", ")
		if several {
			first += fmt.Sprintf(" and %d more", 1+strings.Count(more, ", "))
		}
		return "skipped: " + first, "–"
	case r.Failed != "":
		return "failed", "–"
	case r.Surveyed != nil && r.Surveyed.Short():
		ran := 0
		for _, a := range r.Surveyed.Arenas {
			for i := range a.Pairs {
				if a.Pairs[i].Ran() {
					ran++
				}
			}
		}
		return papers.TooShort, number.Count(ran, "searcher") + " ran"
	case r.Surveyed != nil:
		met, missed, open := r.Surveyed.Demands()
		return fmt.Sprintf("%d demands met, %d missed, %d open", met, len(missed), len(open)), shrunk(r.Surveyed)
	}
	var of, said []string
	for _, v := range r.Reproduced.Rows {
		of = append(of, ruled(v))
	}
	for _, v := range r.Reproduced.Claims {
		said = append(said, v.Holds)
	}
	rows = tally(of)
	if n := len(r.Paper.Tables); len(of) == 0 && n > 0 {
		rows = number.Count(n, "table") + " printed"
	}
	return rows, tally(said)
}

// shrunk says of a survey that its numbers of runs were replaced.
func shrunk(s *papers.Surveyed) string {
	if s.Seeds == 0 {
		return "–"
	}
	return "shrunk to " + number.Count(s.Seeds, "run") + " of each searcher"
}

// WriteResults prints what became of several papers, a line each.
func WriteResults(w io.Writer, all []*papers.Result) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "paper\treferences\tnumbers\tclaims")
	for _, r := range all {
		rows, claims := outcome(r)
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", r.Name, papers.Origins[r.Paper.References], rows, claims)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, r := range all {
		switch {
		case r.Failed != "":
			fmt.Fprintf(w, "%s failed: %s\n", r.Name, r.Failed)
		case strings.Contains(r.Skipped, ", "):
			fmt.Fprintf(w, "%s wants:\n  %s\n", r.Name, strings.ReplaceAll(r.Skipped, ", ", "\n  "))
		}
	}
	return nil
}

// WritePapersPage writes the page of several papers, in Markdown: the summary, then each with its table and its
// figures, whose files are named from the page's folder.
func WritePapersPage(w io.Writer, all []*papers.Result, dir string) error {
	fmt.Fprintf(w, "%s\n| paper | references | numbers | claims |\n|---|---|---|---|\n", papersTitle)
	for _, r := range all {
		rows, claims := outcome(r)
		fmt.Fprintf(w, "| [%s](#%s) | %s | %s | %s |\n", r.Name, r.Name, papers.Origins[r.Paper.References], rows,
			claims)
	}
	for _, r := range all {
		fmt.Fprintf(w, "\n## %s\n\n", r.Name)
		if r.Reproduced == nil {
			rows, said := outcome(r)
			switch {
			case r.Failed != "":
				rows += ": " + r.Failed
			case r.Skipped != "":
				rows = "skipped: " + r.Skipped
			case r.Surveyed != nil:
				if said != "–" {
					rows += ", " + said
				}
				if rel, err := filepath.Rel(dir, r.Page); err == nil {
					rows += fmt.Sprintf(": [its page](%s)", address(rel))
				}
			}
			fmt.Fprintf(w, "%s: %s.\n", r.Paper.Title, rows)
			continue
		}
		fmt.Fprintln(w, "```text")
		alone := *r.Reproduced
		alone.Files = nil
		if err := WriteReproduction(w, &alone, false); err != nil {
			return err
		}
		fmt.Fprintln(w, "```")
		for _, path := range r.Reproduced.Files {
			if rel, err := filepath.Rel(dir, path); err == nil && strings.HasSuffix(path, ".svg") {
				fmt.Fprintf(w, "\n![%s](%s)\n", caption(r, path), address(rel))
			}
		}
	}
	return nil
}

// address is a path as Markdown's links take it.
func address(path string) string { return (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() }

// caption is what a figure of a paper shows.
func caption(r *papers.Result, path string) string {
	name := strings.TrimSuffix(filepath.Base(path), ".svg")
	at := slices.IndexFunc(r.Paper.Figures, func(f papers.Figure) bool { return name == r.Name+"-"+f.Experiment })
	if at < 0 {
		return r.Paper.Title
	}
	return r.Paper.Figures[at].Title
}
