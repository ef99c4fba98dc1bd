package page

import (
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/lab"
)

// Of an unfinished experiment the numbers are of the run that has ended: run 0 of one, which ends at an accuracy of 90 %
// after 40 seconds. Run 1 stands at 84 % after trial 2, and R has not begun.
func TestSoFar(t *testing.T) {
	o := byHand()
	going := &o.Set.Arms[0].Runs[1]
	going.Steps, going.Underway = going.Steps[:2], true
	going.Final = going.Steps[1]
	going.Final.Final = true
	o.Arms, o.Waiting = o.Arms[:1], o.Arms[1:]
	o.Set.Arms, o.Set.Waiting, o.Set.Planned, o.Set.Unfinished = o.Set.Arms[:1], []string{"R"}, 4, 3
	p := partOf(soFar([]*lab.Outcome{o})[0], 0)
	if want := "So far, of the runs that have ended: one reaches 90.000 % on validation in one run."; p.found() != want {
		t.Errorf("%q, want %q", p.found(), want)
	}
	if row := p.Results.Rows[0]; row.Runs != "1 of 2" || row.Trials != "4" || row.Median != "90.000" {
		t.Errorf("%+v", row)
	}
	if !strings.HasPrefix(p.Bounds, "2 runs of 4 trials;") {
		t.Errorf("%q", p.Bounds)
	}
	if len(p.Options) != 2 || p.Options[1].Key != "R" {
		t.Errorf("options of %v", p.Options)
	}
	says := map[int]string{6: "runs go on", 8: "the baseline R has the same bounds; nothing is there yet of it",
		13: "a run takes in the mean: one 40 simulated seconds; this is of the runs that have ended"}
	for _, c := range p.Checks {
		if !strings.Contains(c.Because, says[c.Number]) {
			t.Errorf("practice %d: %q, want %q in it", c.Number, c.Because, says[c.Number])
		}
	}

	o.Set.Arms[0].Runs[0].Underway, o.Set.Unfinished = true, 4 // no run has ended
	p = partOf(soFar([]*lab.Outcome{o})[0], 0)
	if got := p.found(); got != "" || p.Results.Rows[0].Runs != "0 of 2" || p.Tests != nil {
		t.Errorf("%q, %+v", got, p.Results.Rows[0])
	}
	if got := p.Checks[12]; got.Answer != missed || !strings.Contains(got.Because, "no run has ended yet") {
		t.Errorf("%+v", got)
	}
	o.Arms, o.Waiting, o.Set.Arms = nil, append(o.Arms, o.Waiting...), nil // nothing has begun
	p = partOf(soFar([]*lab.Outcome{o})[0], 0)
	if got := p.Checks[6]; got.Answer != missed || !strings.Contains(got.Because, "there are no curves") {
		t.Errorf("%+v", got)
	}
}

// Algorithms whose means are printed alike end alike: none of them is called the best alone.
func TestTie(t *testing.T) {
	o := byHand()
	o.Set.Arms[1].Runs = o.Set.Arms[0].Runs
	p := partOf(o, 0)
	if want := "one and R end alike and best on validation, 92.000 % in the mean."; p.found() != want {
		t.Errorf("%q, want %q", p.found(), want)
	}
	for i, row := range p.Results.Rows {
		if row.Top != (top{true, true, true, true}) {
			t.Errorf("row %d: bold in %+v", i, row.Top)
		}
	}
}

// Bold is the best of each column: R ends better on test, and one on validation.
func TestBold(t *testing.T) {
	o := byHand()
	for i := range o.Set.Arms[1].Runs {
		o.Set.Arms[1].Runs[i].Final.TestError = .01
	}
	rows := partOf(o, 0).Results.Rows
	if rows[0].Top != (top{Val: true, Median: true, Regret: true}) || rows[1].Top != (top{Test: true}) {
		t.Errorf("%+v, %+v", rows[0].Top, rows[1].Top)
	}
}
