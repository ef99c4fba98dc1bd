package plots

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/landscape"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

func init() {
	Figures.Register(evolve.Entry[Figure]{
		Name: "parallel",
		Doc: "the decisions of the best architectures, a line each in parallel coordinates: of the incumbents of " +
			"runs, or of a benchmark",
		Paper: "Inselberg, The Visual Computer 1, 1985",
		Params: []evolve.Param{
			evolve.Int("n", 50, 2, 500, "architectures, from the best on"),
			evolve.Choice("metric", "what they are ranked by, after the full schedule", "val", "test"),
		},
		New: func(o evolve.Options) (Figure, error) { return parallel{o.Int("n"), o.Text("metric") == "test"}, nil },
	})
}

// parallel is a figure of the decisions of the best.
type parallel struct {
	n    int
	test bool
}

func (parallel) Needs() Needs { return Needs{Benchmark: true} }

// mostDecisions have room on a page; those of a NASNet cell are 40.
const mostDecisions = 40

func (f parallel) Draw(sets []*trace.Set, o Options) (Drawing, error) {
	about := o.Benchmark.About()
	s := o.Benchmark.Problem().Space
	decider, ok := s.(evolve.Decider)
	if !ok {
		return nil, fmt.Errorf("figure parallel: architectures of the space %s are no list of decisions: %w", s.Name(),
			evolve.ErrUnsupported)
	}
	if d := len(decider.Decisions()); d < 2 || d > mostDecisions {
		return nil, fmt.Errorf("figure parallel: architectures of the space %s have %s, and the figure has "+
			"room for 2 to %d: %w", s.Name(), number.Count(d, "decision"), mostDecisions, evolve.ErrUnsupported)
	}
	of, from, err := f.found(sets, s), "", error(nil)
	if len(sets) == 0 {
		of, err = f.listed(o)
		from = "all"
	}
	if err != nil {
		return nil, err
	}
	if len(of) < 2 {
		return nil, fmt.Errorf("figure parallel: %s were found, and the figure compares at least 2: %w",
			number.Count(len(of), "architecture"), evolve.ErrInvalid)
	}
	total := len(of)
	slices.SortStableFunc(of, func(a, b ranked) int { return cmp.Compare(a.loss, b.loss) })
	p := &parallelScene{decisions: decider.Decisions(), ranked: of[:min(f.n, len(of))], metric: about.Metric}
	p.layOut(decider, s)
	fig := &scene{keys: p.keys(), panels: []scenePanel{p.panel()}, height: parallelHeight}
	fig.table.Header = []string{"rank", "arch", "value", "decision", "choice", "option"}
	p.tabulate(&fig.table)
	what := "architectures"
	if from != "all" {
		what = "architectures that a run held for the best"
	}
	note := fmt.Sprintf("The %d best by %s of %s %s; a bar is as high as the share of the %d that chose so",
		len(p.ranked), resultName(about, f.test), number.Grouped(total), what, len(p.ranked))
	if from == "all" {
		fig.title, fig.note = headingOf(about, "decisions of the best"), note+". "+ofBenchmark(o)
	} else {
		least, most := runsOf(sets[0], (*trace.Run).Found)
		fig.title = heading(sets, "decisions of the best")
		fig.note = caption(sets, func(*trace.Set) string {
			return fmt.Sprintf("%s. Incumbents of %s runs of each algorithm", note, between(least, most))
		})
	}
	fig.title = cmp.Or(o.Title, fig.title)
	return fig, nil
}

// ranked is an architecture with its loss after the full schedule.
type ranked struct {
	arch evolve.Arch
	loss float64
}

// found are the architectures that were the incumbent of any run, isomorphic genomes once.
func (f parallel) found(sets []*trace.Set, s evolve.Space) (all []ranked) {
	seen, networks := map[trace.Network]bool{}, trace.NewNetworks(s)
	add := func(e *journal.Entry) {
		loss := e.ValError
		if f.test {
			loss = e.TestError
		}
		if e.Arch == "" || math.IsNaN(loss) {
			return
		}
		if n := networks.Of(e); !seen[n] {
			seen[n] = true
			all = append(all, ranked{n.Arch, loss})
		}
	}
	for _, s := range sets {
		for _, a := range s.Arms {
			for i := range a.Runs {
				for k := range a.Runs[i].Steps {
					add(&a.Runs[i].Steps[k])
				}
				add(&a.Runs[i].Final)
			}
		}
	}
	return all
}

// listed are all architectures of a benchmark.
func (f parallel) listed(o Options) (all []ranked, err error) {
	surface, err := landscape.Of(o.Benchmark, f.test)
	if err != nil {
		return nil, fmt.Errorf("figure parallel: %w", err)
	}
	e, ok := surface.Listed()
	if !ok {
		return nil, fmt.Errorf("figure parallel: the space of %s has too many architectures to look at all: "+
			"want the folders of experiments: %w", o.BenchmarkSpec, evolve.ErrUnsupported)
	}
	for i, loss := range surface.Losses(e) {
		if !math.IsNaN(loss) {
			all = append(all, ranked{e.At(i), loss})
		}
	}
	return all, nil
}

// parallelScene draws lines over decisions.
type parallelScene struct {
	decisions []evolve.Decision
	ranked    []ranked
	metric    evolve.Metric
	names     [][]string  // of the options of each decision; nil for a real number
	choices   [][]float64 // of each of the ranked, by decision
	heights   [][]float64 // where its line crosses the axes, 0..1
	bars      [][]float64 // the share that chose each option, by decision
	undecided bool        // a decision does not apply to some
}

// A lane below the options is for what a decision does not apply to.
const undecidedLane = .12

// layOut places every line on every axis. Within an option lines lie in the order of their ranks.
func (p *parallelScene) layOut(decider evolve.Decider, s evolve.Space) {
	whole, _ := space.Base(s)
	namer, named := whole.(evolve.OptionNamer)
	for _, r := range p.ranked {
		x := decider.Choices(nil, r.arch)
		p.choices = append(p.choices, x)
		p.heights = append(p.heights, make([]float64, len(x)))
		p.undecided = p.undecided || slices.ContainsFunc(x, math.IsNaN)
	}
	n := float64(len(p.ranked))
	for j, d := range p.decisions {
		count := make([]float64, d.Options+1) // the last counts where the decision does not apply
		for _, x := range p.choices {
			if k := optionAt(d, x[j]); k >= 0 {
				count[k]++
			}
		}
		shares, names := make([]float64, d.Options), []string(nil)
		for k := range shares {
			shares[k] = count[k] / n
			name := number.Plain(float64(k), 0)
			if named {
				name = namer.OptionName(j, k)
			}
			names = append(names, name)
		}
		p.names, p.bars = append(p.names, names), append(p.bars, shares)
		seen := make([]float64, d.Options+1)
		for i, x := range p.choices {
			k := optionAt(d, x[j])
			switch {
			case k < 0:
				p.heights[i][j] = d.Unit(x[j])
				continue
			case k == d.Options:
				p.heights[i][j] = -undecidedLane
			default:
				p.heights[i][j] = (float64(k) + .5) / float64(d.Options)
			}
			high := barPart * count[k] / n
			if d.Options > 1 {
				high /= float64(d.Options)
			}
			p.heights[i][j] += float64(high * (.5 - (seen[k]+.5)/count[k]))
			seen[k]++
		}
	}
}

// barPart of an option's place is taken where all chose it.
const barPart = .85

// optionAt is the number of an option, Options where the decision does not apply, and -1 of a real number.
func optionAt(d evolve.Decision, x float64) int {
	switch {
	case math.IsNaN(x):
		return d.Options
	case d.Options == 0:
		return -1
	}
	return int(x)
}

func (p *parallelScene) tabulate(t *Table) {
	for i, r := range p.ranked {
		for j, d := range p.decisions {
			name := ""
			if k := optionAt(d, p.choices[i][j]); k >= 0 && k < d.Options {
				name = p.names[j][k]
			}
			t.Add(i+1, string(r.arch), p.metric.Value(r.loss), d.Name, p.choices[i][j], name)
		}
	}
}

// colour is that of a rank, from 0.
func (p *parallelScene) colour(rank int) stroke {
	part := float64(rank) / float64(len(p.ranked)-1)
	width := lineWidth * vg.Length(1.1-.6*part)
	if rank == 0 {
		width = 2 * lineWidth
	}
	return stroke{rampAt(part), width, nil}
}

// keys are the first, the middle and the last.
func (p *parallelScene) keys() (all []sceneKey) {
	for _, i := range slices.Compact([]int{0, (len(p.ranked) - 1) / 2, len(p.ranked) - 1}) {
		name := fmt.Sprintf("rank %d: %s", i+1, number.Fixed(p.metric.Value(p.ranked[i].loss), 2))
		if unit := p.metric.Unit(); unit != "" {
			name += " " + unit
		}
		line := p.colour(i)
		all = append(all, sceneKey{name, func(p pen, at vg.Point) {
			p.sampleLine(line, at)
		}})
	}
	return all
}
