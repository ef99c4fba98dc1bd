package page

import (
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/plots/report"
)

// What an experiment can answer of the practices depends on the experiment: each answer by what was run.
func TestChecklist(t *testing.T) {
	hand := byHand()
	bits := ran(t, func(s *lab.Spec) { s.Algos = []string{"regevo", "regevo,population=10", "random"}; s.Seeds = 100 })
	one := ran(t, func(s *lab.Spec) { s.Algos, s.Seeds, s.Record = s.Algos[1:], 1, "none" })
	trained := byHand()
	trained.About.Kind, trained.Set.About.Kind = evolve.Training, evolve.Training
	trained.Set.Unfinished, trained.Set.Planned = 1, 4
	card := byHand()
	card.About.Kind, card.Set.About.Kind, card.About.Device = evolve.Training, evolve.Training, "card 1, driver 7"
	for _, c := range []struct {
		name string
		of   *lab.Outcome
		want string // the answers to the practices 1 to 14
		says map[int]string
	}{
		{"by hand", hand, "you yes you in_part no yes yes yes in_part yes yes yes in_part yes",
			map[int]string{8: "one random draw, its first trial, reaches 55.000 % on validation in the mean of 2 runs",
				9: "2 runs of each algorithm from seed 7", 13: "all runs together 2 times as much"}},
		{"bits", bits, "yes yes you yes in_part yes yes yes yes yes yes you in_part yes",
			map[int]string{5: "regevo against regevo,population=10", 12: "options were set for regevo,population=10"}},
		{"one run", one, "yes yes you yes no yes no no no yes yes you in_part yes",
			map[int]string{7: "record=none", 8: "add --algo random", 9: "one run says nothing of the next one"}},
		{"trained", trained, "yes yes you in_part no in_part yes yes in_part no in_part yes in_part yes",
			map[int]string{6: "runs go on", 9: "of which 1 are still to end", 10: "every trial trained a network",
				11: "ran all on one device (cpu); "}},
		{"on a card", card, "yes yes you in_part no yes yes yes in_part no in_part yes in_part yes",
			map[int]string{11: "ran all on one device (card 1, driver 7); "}},
	} {
		r := report.Compare(c.of)
		var got []string
		for i, x := range checklist(c.of, &r) {
			if x.Number != i+1 || x.Practice == "" || x.Because == "" {
				t.Errorf("%s: practice %d is %+v", c.name, i+1, x)
			}
			got = append(got, strings.ReplaceAll(string(x.Answer), " ", "_"))
			if !strings.Contains(x.Because, c.says[x.Number]) {
				t.Errorf("%s, practice %d: %q, want %q in it", c.name, x.Number, x.Because, c.says[x.Number])
			}
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s:\n%s, want\n%s", c.name, text, c.want)
		}
	}
}

// The winner is the architecture of the run that ends best on validation, though another one is better on test.
func TestWinners(t *testing.T) {
	o := byHand() // one's runs end at errors of 0.10 and 0.06 by trials 3 and 4, and R's at 0.40 and 0.50
	runs := o.Set.Arms[0].Runs
	runs[0].Final.Arch, runs[1].Final.Arch = "first", "second"
	runs[0].Final.TestError, runs[1].Final.TestError = .01, .09
	r := report.Compare(o)
	all, why := winnersOf(o, &r, "e1")
	if len(all) != 2 || !strings.Contains(why, "cannot be opened here") {
		t.Fatalf("%d winners, %q", len(all), why)
	}
	w := all[0]
	if w.Arch != "second" || w.Val != "94.000 %" || w.Test != "91.000 %" || w.Found != "trial 4 of run 1" ||
		w.Runs != "1 of 2 runs" {
		t.Errorf("%+v", w)
	}
	other := &o.Set.Arms[1].Runs[0].Final // R's best is the same architecture, by another trial
	other.Arch, other.ValError, other.TestError = "second", .06, .09
	if all, _ = winnersOf(o, &r, "e1"); len(all) != 1 || !slices.Equal(all[0].Of, []string{"one", "R"}) ||
		all[0].Runs != "2 of 4 runs" || all[0].Found != "one, trial 4 of run 1; R, trial 1 of run 0" {
		t.Errorf("%+v", all)
	}
	other.TestError = .08 // as another training of it has
	if all, _ = winnersOf(o, &r, "e1"); len(all) != 2 {
		t.Errorf("results that differ are one winner's: %+v", all)
	}
}

// A cell that is of a space with a picture is drawn.
func TestWinnersDrawn(t *testing.T) {
	o := ran(t, func(s *lab.Spec) { s.Benchmark = "nb201:cifar10,source=surrogate" })
	r := report.Compare(o)
	all, why := winnersOf(o, &r, "e1")
	if why != "" || len(all) == 0 {
		t.Fatalf("%d winners, %q", len(all), why)
	}
	for _, w := range all {
		if !strings.HasPrefix(string(w.Drawing), `<svg class="drawing"`) || !strings.Contains(w.Arch, "|") || w.Genome == "" {
			t.Errorf("%s (%s) is drawn %.40q", w.Arch, w.Genome, w.Drawing)
		}
	}
}

// The first sentence of a page says who ends best and from whom the tests tell it apart.
func TestFound(t *testing.T) {
	many := ran(t, func(s *lab.Spec) { s.Benchmark, s.Seeds, s.Trials = "bits,length=16,noise=0", 40, 200 })
	for _, c := range []struct {
		of   *lab.Outcome
		want string
	}{
		// One's runs end at accuracies of 90 and 94: the mean is 92, and half of the 95 % interval 25.412 (Student's
		// t of one degree of freedom, 12.706, times 2).
		{byHand(), "one ends best on validation, 92.000 ± 25.412 % in the mean, " +
			"and the tests tell it apart from none of the others."},
		{many, "told apart from every other algorithm."},
	} {
		p := partOf(c.of, 0)
		if got := p.found(); !strings.HasSuffix(got, c.want) {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// Of an experiment that trains and one that is predicted the page says so.
func TestOrigins(t *testing.T) {
	for kind, want := range map[string][]string{
		evolve.Training: {"measured", "measured"}, "table": {"recorded", "simulated"},
		"surrogate": {"predicted", "predicted"}, "synthetic": {"computed", "computed"},
	} {
		o := byHand()
		o.About.Kind, o.Set.About.Kind = kind, kind
		r := report.Compare(o)
		all := originsOf(o, &r)
		if got := []string{all[0].How, all[1].How}; !slices.Equal(got, want) {
			t.Errorf("%s: results and seconds are %q, want %q", kind, got, want)
		}
	}
}
