package papers

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// Result is what became of one of several papers: one of the four.
type Result struct {
	Paper      *Paper        `json:"-"`
	Name       string        `json:"name"`
	Reproduced *Reproduction `json:"reproduction,omitempty"`
	Surveyed   *Surveyed     `json:"survey,omitempty"`
	// The commands that get the tables that it needs, the most wanted first.
	Skipped string `json:"skipped,omitempty"`
	Failed  string `json:"failed,omitempty"`
	Page    string `json:"page,omitempty"` // of a survey: the file that tells of it
}

// ReproduceAll reproduces papers one after another, each in a folder of its own in o.Dir, and tells each result as it
// is there. Papers without a table that they need are skipped, and one that fails stops no other. Surveys have a seed
// of their own where o.Seed is 1, the default.
func ReproduceAll(ctx context.Context, all []*Paper, o Options, each func(*Result) error) error {
	for i, p := range all {
		sub := o
		sub.Dir = filepath.Join(o.Dir, p.Name)
		sub.Observer = func(e evolve.Event) {
			if x, ok := e.(lab.Progress); ok && x.Of > 0 { // in thousandths of a paper
				e = lab.Progress{Done: 1000*i + 1000*x.Done/x.Of, Of: 1000 * len(all)}
			}
			o.Observer.Report(e)
		}
		r := &Result{Paper: p, Name: p.Name}
		var err error
		if p.Survey != nil {
			r.Surveyed, err = p.runQuickOr(ctx, sub)
		} else {
			r.Reproduced, err = Reproduce(ctx, p, sub)
		}
		var absent *data.Absent
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("%d of %d papers done: %w", i, len(all), ctx.Err())
		case errors.As(err, &absent):
			r.Skipped = absent.Command
			if all := new(Lacking); errors.As(err, &all) {
				r.Skipped = strings.Join(all.Commands, ", ")
			}
		case err != nil:
			r.Failed = words.Line(err)
		}
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}

// runQuickOr runs a survey, in its quick form if that is asked for.
func (p *Paper) runQuickOr(ctx context.Context, o Options) (*Surveyed, error) {
	so := SurveyOptions{Options: o.Options, Seeds: o.Seeds}
	if o.Seed != 1 {
		so.Seed = o.Seed
	}
	if o.Quick {
		p = p.quickSurvey()
	}
	s, err := p.Run(ctx, so)
	if s != nil {
		s.Quick = o.Quick
	}
	return s, err
}

// Of a survey's quick form: a run of each searcher, as many trials as most searchers need before their first model, and
// a share of the seconds.
const (
	quickSurveySeeds  = 1
	quickSurveyTrials = 20
	quickSurveyShare  = 0.05
)

// quickSurvey is a survey in seconds: of each part but speed, which measures, the first experiment whose benchmark is
// at hand.
func (p *Paper) quickSurvey() *Paper {
	q, s := *p, *p.Survey
	s.At, s.Limits = []int{quickSurveyTrials}, nil
	q.Survey, q.Experiments = &s, nil
	for _, part := range []string{ByTrials, BySeconds, Blind} {
		at := slices.IndexFunc(p.Experiments, func(x Experiment) bool { return x.Part == part && x.opens() })
		if at < 0 {
			at = slices.IndexFunc(p.Experiments, func(x Experiment) bool { return x.Part == part })
		}
		if at < 0 {
			continue
		}
		x := p.Experiments[at]
		x.Seeds, x.ModelSeeds, x.Also, x.Budget = quickSurveySeeds, 0, nil, x.Budget*quickSurveyShare
		x.Trials = min(x.Trials, quickSurveyTrials)
		q.Experiments = append(q.Experiments, x)
	}
	return &q
}

// opens says whether the experiment's benchmark can be opened here.
func (x *Experiment) opens() bool {
	spec, err := evolve.ParseSpec(x.Benchmark)
	if err == nil {
		_, _, err = evolve.Benchmarks.Open(spec)
	}
	return err == nil
}
