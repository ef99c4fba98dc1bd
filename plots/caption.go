package plots

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// heading is a title of experiments: the benchmark's and what the figure shows, or of several that alone.
func heading(sets []*trace.Set, shows string) string {
	if len(sets) > 1 {
		return strings.ToUpper(shows[:1]) + shows[1:]
	}
	about := sets[0].About
	name := strings.TrimSuffix(about.Title, ", trained") // the kind says it
	return fmt.Sprintf("%s (%s): %s", name, trace.Kind(about), shows)
}

// caption says of each experiment what is drawn of it, a phrase such as "Median of 4 runs", and where that is from.
func caption(sets []*trace.Set, drawn func(*trace.Set) string) string {
	var all []string
	for i, s := range sets {
		pool := trace.Pool(s.About, s.Spec.Workers, s.Spec.Cluster)
		source := s.About.Source
		if i > 0 && sets[i-1].Spec.Benchmark != s.Spec.Benchmark && sets[i-1].About.Source == source {
			source = "likewise"
		}
		text := fmt.Sprintf("%s, %s, seed %d. Benchmark %s: %s.", drawn(s), pool, s.Spec.Seed, s.Spec.Benchmark, source)
		if s.Unfinished > 0 {
			waiting := ""
			if len(s.Waiting) > 0 {
				waiting = "; nothing is there yet of " + strings.Join(s.Waiting, " and ")
			}
			text = fmt.Sprintf("Unfinished: %d of %d runs are still to end%s. %s",
				s.Unfinished, s.Planned, waiting, text)
		}
		if len(sets) > 1 {
			text = called(sets, s) + ": " + text
		}
		all = append(all, text)
	}
	return strings.Join(all, "  ")
}

// captionOf says what is drawn of all experiments together, and of each how many runs it has and where they are from.
func captionOf(sets []*trace.Set, drawn string) string {
	return drawn + ". " + caption(sets, func(s *trace.Set) string {
		least, most := runsOf(s, (*trace.Run).Found)
		if most == 1 {
			return "One run of each algorithm" + bounds(s)
		}
		return between(least, most) + " runs of each algorithm" + bounds(s)
	})
}

// bounds say how far runs were to go, such as ", of at most 200 trials"; "" where nothing bounds them.
func bounds(s *trace.Set) string {
	var all []string
	for _, b := range []struct {
		most float64
		unit string
	}{
		{float64(s.Spec.Trials), "trials"}, {s.Spec.Budget, trace.Clock(s.About, s.Spec.Workers)},
		{s.Spec.Full, "full trainings"}, {float64(s.Spec.TotalEpochs), "epochs"},
	} {
		if b.most > 0 {
			all = append(all, strconv.FormatFloat(b.most, 'f', -1, 64)+" "+b.unit)
		}
	}
	if all == nil {
		return ""
	}
	return ", of at most " + strings.Join(all, " and ")
}

// runsOf counts the runs of an algorithm that are so, of the one with the fewest and of the one with the most;
// algorithms without any do not count.
func runsOf(s *trace.Set, is func(*trace.Run) bool) (least, most int) {
	for _, a := range s.Arms {
		n := 0
		for i := range a.Runs {
			if is(&a.Runs[i]) {
				n++
			}
		}
		if n > 0 {
			least, most = min(cmp.Or(least, n), n), max(most, n)
		}
	}
	return least, most
}

// between is a number in words, or two that it lies between.
func between(least, most int) string {
	if least < most {
		return fmt.Sprintf("%d to %d", least, most)
	}
	return fmt.Sprint(most)
}

// called is the name of an experiment beside others: its folder's, with as many of those around it as no other shares.
func called(sets []*trace.Set, s *trace.Set) string {
	path := folders(s)
	for n := 1; n < len(path); n++ {
		end := path[len(path)-n:]
		same := func(o *trace.Set) bool {
			others := folders(o)
			return o != s && len(others) >= n && slices.Equal(others[len(others)-n:], end)
		}
		if !slices.ContainsFunc(sets, same) {
			return strings.Join(end, "/")
		}
	}
	return filepath.ToSlash(filepath.Clean(s.Name))
}

// folders are the folders of an experiment's path, from the outermost.
func folders(s *trace.Set) []string {
	return strings.Split(filepath.ToSlash(filepath.Clean(s.Name)), "/")
}

// shown is the name of an algorithm; where several experiments are drawn, theirs stands before it.
func shown(sets []*trace.Set, s *trace.Set, label string) string {
	if len(sets) == 1 {
		return label
	}
	return called(sets, s) + " " + label
}
