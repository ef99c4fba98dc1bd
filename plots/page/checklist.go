package page

import (
	"fmt"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/trace"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/plots/report"
)

// A check is what an experiment can answer of a practice. The practices are those of Lindauer and Hutter, Best
// Practices for Scientific Research on Neural Architecture Search, JMLR 21(243), 2020, in our words and their order.
type check struct {
	Number   int
	Group    string // Releasing, Comparing or Reporting; "" where it is that of the check before
	Practice string
	Answer   status
	Because  string
}

// status is how far an experiment follows a practice.
type status string

const (
	followed status = "yes"
	inPart   status = "in part"
	missed   status = "no"
	open     status = "you" // what only a person can do or tell
)

// Class is the name of a status in the page's style.
func (c check) Class() string { return classes[c.Answer] }

var classes = map[status]string{followed: "good", inPart: "part", missed: "bad", open: "open"}

// tally is how many practices have an answer.
type tally struct {
	Count        int
	Words, Class string
}

func tallyOf(all []check) (counts []tally) {
	for _, of := range []struct {
		answer status
		words  string
	}{{followed, "followed"}, {inPart, "in part"}, {missed, "not followed"}, {open, "for you to answer"}} {
		n := 0
		for _, c := range all {
			if c.Answer == of.answer {
				n++
			}
		}
		if n > 0 {
			counts = append(counts, tally{n, of.words, classes[of.answer]})
		}
	}
	return counts
}

// Runs that are enough to tell algorithms apart: published.md's rule of the protocol, at least 100 on tables, where 500
// match the papers, and 10 where networks are trained.
const (
	enoughRuns        = 100
	enoughTrainedRuns = 10
)

// checklist answers the practices from an experiment.
func checklist(o *lab.Outcome, r *report.Comparison) (all []check) {
	for i, p := range []struct {
		group, practice string
		answer          func(*lab.Outcome, *report.Comparison) (status, string)
	}{
		{"Releasing", "The pipeline that trains the networks, with its hyper-parameters, is there", pipeline},
		{"", "The code of the search methods is there", methods},
		{"", "Both are released at once, as they are", release},
		{"Comparing", "The whole benchmark is shared: data, split, space, training", shared},
		{"", "Ablations tell which part of a method does it", ablation},
		{"", "All methods are evaluated by one protocol, and chosen by validation, never by test", protocol},
		{"", "Performance is shown over the course of the search", overTime},
		{"", "Random sampling and random search are beside the methods", atRandom},
		{"", "Runs are repeated, seeds told, means given with their spread", repeats},
		{"", "Tables and surrogates are used where there are any", tables},
		{"", "Hardware, versions and run times do not decide", hardware},
		{"Reporting", "How the methods' own hyper-parameters were tuned, and at what cost", tuning},
		{"", "What all of it costs from end to end", costs},
		{"", "Everything else in the set-up", setup},
	} {
		answer, because := p.answer(o, r)
		all = append(all, check{i + 1, p.group, p.practice, answer, because})
	}
	return all
}

// published says whether the benchmark is from the literature, and not the user's own.
func published(o *lab.Outcome) bool { return o.Paper != "" && !strings.HasPrefix(o.Paper, "your own") }

func pipeline(o *lab.Outcome, _ *report.Comparison) (status, string) {
	switch o.About.Kind {
	case evolve.Training:
		return followed, "amoeba " + o.Made() + " trains them, as the benchmark's options say: " + o.Spec.Benchmark
	case "table", "surrogate":
		if published(o) {
			return inPart, "no network was trained here; how those of the benchmark were is told by " + o.Paper
		}
		return open, "no network was trained here, and the benchmark is your own: say how its networks were trained"
	}
	return followed, "nothing is trained: the benchmark is computed by its formula"
}

func methods(o *lab.Outcome, _ *report.Comparison) (status, string) {
	var foreign []string
	for _, a := range planned(o) {
		if strings.HasPrefix(a.Algo, "command") {
			foreign = append(foreign, a.Label)
		}
	}
	if foreign != nil {
		return open, strings.Join(foreign, ", ") + " ran a program of yours: share it; all others are part of amoeba"
	}
	return followed, "all are part of amoeba " + o.Made() + ", with the options that stand below"
}

func release(*lab.Outcome, *report.Comparison) (status, string) {
	return open, "no run can tell; this page holds the experiment and the command that runs it again"
}

func shared(o *lab.Outcome, _ *report.Comparison) (status, string) {
	switch hash := o.About.Hash; {
	case hash != "" && published(o):
		text := "the benchmark is public, and its data here have the SHA-256 " + words.Short(hash, 13)
		if onDevices(o) {
			return inPart, text + "; the table of latencies is another one, whose hash is not recorded"
		}
		return followed, text
	case hash != "":
		return open, "the benchmark is your own: share its file, which has the SHA-256 " + words.Short(hash, 13)
	case o.About.Kind == "synthetic":
		return followed, "the benchmark is a formula, and part of amoeba"
	}
	return inPart, "the benchmark's options are told, and no hash of its data is known"
}

func ablation(o *lab.Outcome, _ *report.Comparison) (status, string) {
	variants := map[string][]string{}
	for _, a := range planned(o) {
		if spec, err := evolve.ParseSpec(a.Algo); err == nil {
			variants[spec.Name] = append(variants[spec.Name], a.Label)
		}
	}
	var all []string
	for _, a := range planned(o) {
		spec, err := evolve.ParseSpec(a.Algo)
		if err == nil && len(variants[spec.Name]) > 1 && variants[spec.Name][0] == a.Label {
			all = append(all, strings.Join(variants[spec.Name], " against "))
		}
	}
	if all == nil {
		return missed, "no two algorithms here are one method with other options"
	}
	return inPart, "variants of one method: " + strings.Join(all, "; ") + "; other parts were not taken away"
}

func protocol(o *lab.Outcome, r *report.Comparison) (status, string) {
	var doubts []string
	for _, x := range r.Results {
		if len(x.Priors) > 0 {
			doubts = append(doubts, x.Label+" knew another benchmark before it began, which no bound counts")
		}
	}
	doubts = append(doubts, r.Warnings...)
	if o.Spec.Advised() {
		doubts = append(doubts, "scored is what each searcher recommends")
	}
	text := fmt.Sprintf("all had the same space, bounds (%s) and fidelity", r.Bounds())
	if some := schedulers(o); some != nil {
		text = fmt.Sprintf("all had the same space and bounds (%s), and a fidelity for each trial was chosen by %s",
			r.Bounds(), enumerated(some))
	}
	text += ", and the lowest validation loss chose; "
	if o.Set.Unfinished > 0 {
		return inPart, strings.Join(append([]string{text + "runs go on, and this page shows test results of some: " +
			"decide nothing by them"}, doubts...), "; ")
	}
	text += "test results were read when the runs had ended"
	if doubts != nil {
		return inPart, text + "; but " + strings.Join(doubts, "; ")
	}
	return followed, text
}

// schedulers are the algorithms that decide themselves how long each architecture is trained.
func schedulers(o *lab.Outcome) (some []string) {
	all := planned(o)
	for i := range all {
		if all[i].Schedules() {
			some = append(some, all[i].Label)
		}
	}
	return some
}

func overTime(o *lab.Outcome, _ *report.Comparison) (status, string) {
	if o.Spec.Record == "none" {
		return missed, "only the ends of the runs were recorded (record=none)"
	}
	if !o.Set.Any(func(r *trace.Run) bool { return len(r.Steps) > 0 }) {
		return missed, "no run has found anything yet, so that there are no curves"
	}
	var axes []string
	for _, x := range axesOf(o.Set) {
		axes = append(axes, x.Label)
	}
	return followed, "the curves show the architecture that would be returned by then, along " +
		strings.Join(axes, "; ") + "; no final training is counted"
}

func atRandom(o *lab.Outcome, r *report.Comparison) (status, string) {
	for i := range o.Set.Arms {
		arm := &o.Set.Arms[i]
		if !arm.Baseline {
			continue
		}
		text := "the baseline " + arm.Label + " had the same bounds"
		sum, n := 0.0, 0
		m := o.Set.Validation()
		for k := range arm.Runs {
			if run := &arm.Runs[k]; len(run.Steps) > 0 && run.Steps[0].Trial == 1 {
				sum, n = sum+m.At(run, 0), n+1
			}
		}
		if n == 0 {
			return inPart, text + "; what one random draw reaches was not recorded"
		}
		return followed, fmt.Sprintf("%s; one random draw, its first trial, reaches %s on validation in the mean of %s",
			text, r.WithUnit(sum/float64(n)), ofRuns(n, len(arm.Runs)))
	}
	for _, a := range o.Waiting {
		if a.Baseline {
			return inPart, "the baseline " + a.Label + " has the same bounds; nothing is there yet of it"
		}
	}
	return missed, "no random baseline is among the algorithms: add --algo random"
}

// ofRuns says of how many runs a mean of first trials is.
func ofRuns(n, all int) string {
	if n == all {
		return number.Count(n, "run")
	}
	return fmt.Sprintf("the %d of %s whose first trial has a result", n, number.Count(all, "run"))
}

func repeats(o *lab.Outcome, _ *report.Comparison) (status, string) {
	want, where := enoughRuns, "on a table, a surrogate or a formula"
	if o.About.Trains() {
		want, where = enoughTrainedRuns, "where networks are trained"
	}
	n := o.Spec.Seeds
	text := fmt.Sprintf("%s of each algorithm from seed %d", number.Count(n, "run"), o.Spec.Seed)
	switch {
	case o.Set.Unfinished > 0:
		return inPart, fmt.Sprintf("%s, of which %d are still to end", text, o.Set.Unfinished)
	case n == 1:
		return missed, text + ": one run says nothing of the next one"
	case n < want:
		return inPart, fmt.Sprintf(
			"%s, with means, spreads and quartiles; fewer than the %d that we ask for %s", text, want, where)
	}
	return followed, text + ", with means, intervals, standard deviations and quartiles"
}

func tables(o *lab.Outcome, _ *report.Comparison) (status, string) {
	if o.About.Trains() {
		return missed, "every trial trained a network; the same algorithms can be compared on a table first"
	}
	return followed, "the benchmark is a " + o.About.Kind + ", so that all of it can be run again in seconds"
}

func hardware(o *lab.Outcome, _ *report.Comparison) (status, string) {
	if o.About.Trains() {
		return inPart, fmt.Sprintf("one program (amoeba %s) ran all on one device (%s); seconds are those of a "+
			"machine that is not recorded, with %s", o.Made(), evolve.DeviceText(o.About.Device),
			trace.Pool(o.About, o.Spec.Workers, o.Spec.Cluster))
	}
	return followed, "amoeba " + o.Made() + " ran all; seconds are simulated, so that no machine decides"
}

func tuning(o *lab.Outcome, _ *report.Comparison) (status, string) {
	var set, plain []string
	for _, a := range planned(o) {
		spec, err := evolve.ParseSpec(a.Algo)
		if err == nil && len(spec.Set) == 0 && spec.Variant == "" {
			plain = append(plain, a.Label)
		} else {
			set = append(set, a.Label)
		}
	}
	if set == nil {
		return followed, "every algorithm has the defaults of amoeba, which were not tuned for this experiment"
	}
	text := "options were set for " + strings.Join(set, ", ") + ": say how they were chosen and what that took"
	if plain != nil {
		text += "; the others have the defaults of amoeba"
	}
	return open, text
}

func costs(o *lab.Outcome, r *report.Comparison) (status, string) {
	var all []string
	for i := range r.Results {
		x := &r.Results[i]
		if x.Seeds == 0 { // none has ended yet
			continue
		}
		all = append(all, fmt.Sprintf("%s %s %s", x.Label, number.Seconds(x.Clocked(r)), r.Clock()))
	}
	if all == nil {
		return missed, "no run has ended yet, so that its cost is not known"
	}
	text := "a run takes in the mean: " + strings.Join(all, ", ")
	switch {
	case o.Set.Unfinished > 0:
		text += "; this is of the runs that have ended"
	case o.Spec.Seeds > 1:
		text += fmt.Sprintf("; all runs together %d times as much", o.Spec.Seeds)
	}
	return inPart, text + "; neither a final training of what was found nor the searcher's own time is in it"
}

func setup(_ *lab.Outcome, r *report.Comparison) (status, string) {
	if len(r.Warnings) > 0 {
		return inPart, "the whole experiment stands below; mind the warnings beside the results"
	}
	return followed, "the whole experiment stands below, every default written out"
}
