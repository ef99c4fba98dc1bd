package papers

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
)

func init() {
	Measurements.Register(evolve.Entry[Measurement]{
		Name: "sharing",
		Doc: "what methods of weight sharing find, beside what searchers find that train each architecture by itself " +
			"for as many real seconds",
		Params: []evolve.Param{
			evolve.Nested("shared", "benchmark", "oneshot:digits", "where weights are shared"),
			evolve.Nested("alone", "benchmark", "train:digits", "where each architecture is trained by itself"),
			evolve.Text("methods", "rsws; darts", "searchers that share weights, each to its own end, with ; between "+
				"them: [LABEL=]NAME[,key=value…]"),
			evolve.Text("beside", "random; asha", "searchers that do not"),
			evolve.Float("budget", 0, 0, 1e9, "seconds of those; none: as many as the methods took with the same "+
				"seed, in the mean").OrNone(),
			evolve.Nested("truth", "benchmark", "", "the table that says of all architectures how good they are, by "+
				"loss for choice: (digits201,metric=loss)").OrNone(),
			evolve.Nested("quick_shared", "benchmark", "oneshot:digits,F=2,answer_epochs=1",
				"shared, where it is quick"),
			evolve.Nested("quick_alone", "benchmark", "train:digits,F=2,epochs=3", "alone, where it is quick"),
		},
		New: func(o evolve.Options) (Measurement, error) {
			s := &sharing{full: settings{o.Spec("shared"), o.Spec("alone")},
				quick: settings{o.Spec("quick_shared"), o.Spec("quick_alone")}}
			if o.Text("truth") != evolve.None {
				s.truth = o.Spec("truth")
			}
			if budget, given := o.Given("budget"); given {
				s.budget = budget
			}
			var err error
			if s.methods, err = labelled(o.Text("methods")); err != nil {
				return nil, fmt.Errorf("methods: %w", err)
			}
			if s.beside, err = labelled(o.Text("beside")); err != nil {
				return nil, fmt.Errorf("beside: %w", err)
			}
			return s, s.apart()
		},
	})
}

// sharing has for each searcher a sample for each of [answerNumbers], such as "LABEL test", with a value a seed. Of
// each seed the methods run first; the others are then given their budget, or the seconds that these took in the mean.
type sharing struct {
	full, quick     settings
	truth           evolve.Spec // without a name where there is none
	methods, beside []contender
	budget          float64 // of those beside; 0: what the methods take. A quick measurement has no other
}

// apart refuses two searchers of one label, whose samples nobody could tell apart.
func (s *sharing) apart() error {
	seen := map[string]bool{}
	for _, c := range slices.Concat(s.methods, s.beside) {
		if seen[c.label] {
			return fmt.Errorf("two searchers are called %s: want LABEL=%s for one: %w", c.label, c.spec.Name,
				evolve.ErrInvalid)
		}
		seen[c.label] = true
	}
	return nil
}

// settings are the benchmarks of a measurement.
type settings struct{ shared, alone evolve.Spec }

// contender is a searcher with its label.
type contender struct {
	label string
	spec  evolve.Spec
}

// labelled reads searchers with ; between them.
func labelled(text string) (all []contender, err error) {
	for part := range strings.SplitSeq(text, ";") {
		label, spec, err := lab.CutLabel(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		c := contender{label: label}
		if c.spec, err = evolve.ParseSpec(spec); err != nil {
			return nil, err
		}
		if label == "" {
			c.label = c.spec.Name
		}
		all = append(all, c)
	}
	return all, nil
}

// quickly is a method that trains one epoch.
func (c contender) quickly() contender {
	set := []evolve.Setting{{Key: "epochs", Value: "1"}}
	for _, kv := range c.spec.Set {
		if kv.Key != "epochs" && kv.Key != "steps" {
			set = append(set, kv)
		}
	}
	c.spec.Set = set
	return c
}

func (s *sharing) Measure(ctx context.Context, a Asked) (*Measured, error) {
	on, methods := s.full, s.methods
	if a.Quick {
		on, methods = s.quick, nil
		for _, m := range s.methods {
			methods = append(methods, m.quickly())
		}
	}
	known, err := openTruth(s.truth)
	if err != nil {
		return nil, err
	}
	// A wrong name must not wait for hours.
	var abouts [2]evolve.About
	for _, m := range methods {
		e, err := m.open(on.shared, a.Seed, 0)
		if err != nil {
			return nil, err
		}
		abouts[0] = e.About
	}
	for _, m := range s.beside {
		e, err := m.open(on.alone, a.Seed, 1)
		if err != nil {
			return nil, err
		}
		abouts[1] = e.About
	}
	found, err := a.Repeat(ctx, a.Repeats, func(k int) (row []float64, err error) {
		seed, seconds := evolve.Mix(a.Seed, uint64(k)), 0.0
		for _, m := range methods {
			got, err := m.run(ctx, on.shared, seed, 0, known)
			if err != nil {
				return nil, err
			}
			row, seconds = append(row, got...), seconds+got[0]
		}
		for _, m := range s.beside {
			budget := seconds / float64(len(methods))
			if s.budget > 0 && !a.Quick {
				budget = s.budget
			}
			got, err := m.run(ctx, on.alone, seed, budget, known)
			if err != nil {
				return nil, err
			}
			row = append(row, got...)
		}
		return row, nil
	})
	if err != nil {
		return nil, err
	}
	m := &Measured{Sources: []string{on.shared.String() + ": " + abouts[0].Source,
		on.alone.String() + ": " + abouts[1].Source},
		Notes: []string{"seconds are measured: on another machine, or with another number of runs at a time, the " +
			"searchers beside the methods have other budgets, and so other results"}}
	if a.Quick {
		m.Notes = append(m.Notes, "quick: methods of weight sharing train their supernets for one epoch, on the "+
			"smaller settings above")
	}
	unit := abouts[0].Metric.Unit()
	for i, c := range slices.Concat(methods, s.beside) {
		for j, n := range answerNumbers {
			if n.truth && known == nil {
				continue
			}
			sample := Sample{Label: c.label + " " + n.name, Unit: n.unit, Falls: n.falls,
				Values: Column(found, len(answerNumbers)*i+j)}
			if n.unit == "metric" {
				sample.Unit, sample.Falls = unit, abouts[0].Metric.Falls()
			}
			m.Samples = append(m.Samples, sample)
		}
	}
	return m, nil
}
