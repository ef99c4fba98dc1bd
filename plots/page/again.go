package page

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// again is the command that runs an experiment again, as a shell reads it, a flag a line. It names every key of the
// experiment, so that a default which changes one day changes nothing.
func again(o *lab.Outcome, folder string) string {
	s := &o.Spec
	text := "amoeba compare"
	add := func(flag, value string) { text += " \\\n  --" + flag + " " + words.Quote(value) }
	some := func(flag string, n int) {
		if n > 0 {
			add(flag, strconv.Itoa(n))
		}
	}
	name := func(flag, value string) {
		if value != "" {
			add(flag, value)
		}
	}
	amount := func(flag string, x float64) {
		if x > 0 {
			add(flag, strconv.FormatFloat(x, 'g', -1, 64))
		}
	}
	add("benchmark", s.Benchmark)
	for _, algo := range s.Algos {
		add("algo", algo)
	}
	some("seeds", s.Seeds)
	some("trials", s.Trials)
	amount("budget", s.Budget)
	amount("full", s.Full)
	some("total-epochs", s.TotalEpochs)
	if s.Metered() {
		add("overshoot", s.Overshoot)
	}
	some("epochs", s.Epochs)
	some("workers", s.Workers)
	name("cluster", s.Cluster)
	name("fidelity-rule", s.FidelityRule)
	name("incumbent", s.Incumbent)
	add("record", s.Record)
	add("seed", strconv.FormatUint(s.Seed, 10))
	add("out", folder)
	return text
}

// fact is a line of a list.
type fact struct{ Key, Value string }

// provenance says what an experiment's numbers rest on. Its folder knows no machine.
func provenance(o *lab.Outcome) []fact {
	all := []fact{{"experiment", o.ID()}, {"benchmark", o.Spec.Benchmark}}
	if o.About.Hash != "" {
		all = append(all, fact{"data, SHA-256", o.About.Hash})
	}
	if o.About.Trains() {
		all = append(all, fact{"device", evolve.DeviceText(o.About.Device)})
	}
	seeds := fmt.Sprintf("%d; each run has a stream of its own, drawn from it, the algorithm's options and the run's "+
		"number", o.Spec.Seed)
	return append(all, fact{"seed", seeds}, fact{"made by", "amoeba " + o.Made()})
}

// planned are all algorithms of an experiment, the waiting ones of an unfinished experiment last.
func planned(o *lab.Outcome) []lab.Arm { return slices.Concat(o.Arms, o.Waiting) }

// optionsOf are the options of every algorithm, defaults written out.
func optionsOf(o *lab.Outcome) (all []fact) {
	for _, a := range planned(o) {
		all = append(all, fact{a.Label, a.Algo + ": " + listed(a.Params)})
	}
	return all
}

// listed are options in the order of their names; those of a spec within another one stand in parentheses.
func listed(params map[string]any) string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(params)) {
		text := fmt.Sprint(params[key])
		if within, ok := params[key].(map[string]any); ok {
			text = fmt.Sprint(within["name"])
			if of, ok := within["params"].(map[string]any); ok && len(of) > 0 {
				text += " (" + listed(of) + ")"
			}
		}
		all = append(all, key+"="+text)
	}
	if all == nil {
		return "no options"
	}
	return strings.Join(all, ", ")
}

// writer is the program that writes the page.
func writer() string {
	return fmt.Sprintf("amoeba %s, %s, %s/%s", lab.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
