package byhand

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"path/filepath"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Question is a trial that somebody is to evaluate.
type Question struct {
	Trial int
	Arch  evolve.Arch
	Space evolve.Space // of the architecture
}

// Given is what a person says of a study: "" and nil are what the study is of or, of a new one, the defaults.
type Given struct {
	Space, Algo string
	Seed        *uint64
}

// The defaults of a new study, those of a search.
const (
	DefaultAlgo = "regevo"
	DefaultSeed = 1
)

// Ask opens another trial of the study in a folder. Where there is none yet it begins one, whose space must be given.
// It waits while another process is at work in the folder. The error wraps evolve.ErrBroken, ErrFailed where nothing is
// proposed now, ErrDiverged where the searcher proposes otherwise than the journal says, or ErrInvalid.
func Ask(ctx context.Context, dir string, given Given) (Question, error) {
	j, err := open(ctx, dir)
	if missing(err) {
		return begin(ctx, dir, given)
	}
	if err != nil {
		return Question{}, err
	}
	defer j.close()
	if err := j.spec.is(dir, given); err != nil {
		return Question{}, err
	}
	return j.ask(ctx)
}

// begin begins a study. Nothing is written where the first question fails.
func begin(ctx context.Context, dir string, given Given) (Question, error) {
	if given.Space == "" {
		return Question{}, fmt.Errorf("%s holds no study yet: want --space, and --algo if it is not to be %s: %w", dir,
			DefaultAlgo, evolve.ErrInvalid)
	}
	_, digest, err := openSpace(given.Space)
	if err != nil {
		return Question{}, err
	}
	j := &journal{path: filepath.Join(dir, File)}
	j.spec = Spec{given.Space, digest, cmp.Or(given.Algo, DefaultAlgo), DefaultSeed}
	if given.Seed != nil {
		j.spec.Seed = *given.Seed
	}
	q, err := j.ask(ctx)
	if err != nil {
		return Question{}, err
	}
	made, err := j.create(ctx, dir)
	if err == nil && !made { // another process was faster, and has the first question
		return Ask(ctx, dir, given)
	}
	return q, err
}

// ask brings a searcher to where the journal ends and asks it for a trial.
func (j *journal) ask(ctx context.Context) (q Question, err error) {
	s, err := j.spec.open()
	if err != nil {
		return q, err
	}
	stop := context.AfterFunc(ctx, func() { _ = evolve.Close(s.searcher) })
	defer stop()
	defer func() {
		// A searcher that is closed in the middle, by the end of ctx, says nothing of use.
		if broke := evolve.Close(s.searcher); ctx.Err() != nil {
			err = ctx.Err()
		} else if broke != nil {
			err = broke
		}
	}()
	if err := s.replay(j); err != nil {
		return q, err
	}
	return s.next(j)
}

// is refuses what is given and is not of the study.
func (s Spec) is(dir string, given Given) error {
	seed := ""
	if given.Seed != nil {
		seed = fmt.Sprint(*given.Seed)
	}
	for _, x := range []struct{ what, has, given string }{
		{"space", s.Space, given.Space}, {"algo", s.Algo, given.Algo}, {"seed", fmt.Sprint(s.Seed), seed},
	} {
		if x.given != "" && x.given != x.has {
			return fmt.Errorf("%s is a study of %s %s, not %s: leave --%s out, or name another folder: %w",
				dir, x.what, x.has, x.given, x.what, evolve.ErrInvalid)
		}
	}
	return nil
}

// session is a searcher at work on a study.
type session struct {
	state
	space    evolve.Space
	searcher evolve.Searcher
	trials   []evolve.Trial
	seed     uint64
}

// openSpace opens a space. The digest is that of one by a file, which may change; "" of others.
func openSpace(text string) (space evolve.Space, digest string, err error) {
	spec, err := evolve.ParseSpec(text)
	if err != nil {
		return nil, "", err
	}
	space, _, err = evolve.Spaces.Open(spec)
	if s, ok := space.(interface{ Digest() string }); ok && err == nil {
		digest = s.Digest()
	}
	return space, digest, err
}

// open makes the searcher and lets it begin.
func (s Spec) open() (*session, error) {
	space, digest, err := openSpace(s.Space)
	if err != nil {
		return nil, err
	}
	if digest != s.Digest {
		return nil, fmt.Errorf("space %s is another than the study began with: SHA-256 %.12s…, was %.12s…: "+
			"restore its file, or name another folder: %w", s.Space, digest, s.Digest, evolve.ErrInvalid)
	}
	spec, err := evolve.ParseSpec(s.Algo)
	if err != nil {
		return nil, err
	}
	searcher, options, err := evolve.Searchers.Open(spec)
	if err != nil {
		return nil, err
	}
	p := evolve.Problem{Space: space, Objectives: []evolve.Objective{evolve.NewObjective(evolve.LossObjective)},
		Fidelities: []evolve.Fidelity{{Epochs: 1}}}
	entry, err := evolve.Searchers.Lookup(spec.Name)
	if err == nil {
		err = entry.Fit(options, p)
	}
	if err == nil {
		err = searcher.Init(p, evolve.Stream(s.Seed, "search"))
	}
	if err != nil {
		return nil, fmt.Errorf("algo %q on space %s: %w", s.Algo, s.Space, err)
	}
	return &session{space: space, searcher: searcher, seed: s.Seed}, nil
}

// replay brings the searcher to where the journal ends.
func (s *session) replay(j *journal) error {
	for _, e := range j.events {
		if e.Ask != nil {
			p := s.ask()
			if p == nil || p.Arch != e.Ask.Arch || (p.Known != nil) != e.Ask.Known {
				proposes := "nothing"
				if p != nil {
					proposes = string(p.Arch)
				}
				return fmt.Errorf("%s: %s proposes %s as trial %d, the journal has %s: "+
					"amoeba, the program or a file is another than it was: %w",
					j.path, j.spec.Algo, proposes, e.Ask.Trial, e.Ask.Arch, evolve.ErrDiverged)
			}
		}
		if err := s.take(e); err != nil {
			return fmt.Errorf("%s: %w", j.path, err)
		}
	}
	return nil
}

// take takes a line and tells the searcher.
func (s *session) take(e event) error {
	if err := s.add(e); err != nil {
		return err
	}
	switch {
	case e.Tell != nil:
		r := evolve.Result{Loss: math.Inf(1), Cost: e.Tell.Cost}
		if e.Tell.Loss != nil {
			r.Loss = *e.Tell.Loss
		}
		return s.searcher.Tell(&s.trials[e.Tell.Trial-1], &r)
	case e.Ask.Known:
		t := &s.trials[e.Ask.Trial-1]
		r := *t.Known
		r.Cost = 0
		return s.searcher.Tell(t, &r)
	}
	return nil
}

// ask asks the searcher; nil where it proposes nothing.
func (s *session) ask() *evolve.Proposal {
	t := evolve.Trial{ID: len(s.trials) + 1}
	if !s.searcher.Ask(&t.Proposal) {
		return nil
	}
	t.Seed = evolve.Mix(s.seed, uint64(t.ID))
	s.trials = append(s.trials, t)
	return &s.trials[t.ID-1].Proposal
}

// A searcher that answers from memory what it proposed before may do so for ever in a space that it has used up.
const maxKnown = 10_000

// next asks for a trial that somebody is to evaluate, and writes it down.
func (s *session) next(j *journal) (Question, error) {
	for range maxKnown {
		p := s.ask()
		if p == nil {
			return Question{}, s.nothing(j)
		}
		e := event{Ask: &asked{Trial: len(s.trials), Arch: p.Arch, Known: p.Known != nil}}
		if err := j.append(e); err != nil {
			return Question{}, err
		}
		if err := s.take(e); err != nil {
			return Question{}, err
		}
		if !e.Ask.Known {
			return Question{e.Ask.Trial, e.Ask.Arch, s.space}, nil
		}
	}
	return Question{}, fmt.Errorf("%s: %s proposes only what it knows: the space is used up: %w", j.path, j.spec.Algo,
		evolve.ErrFailed)
}

// nothing says why there is no proposal.
func (s *session) nothing(j *journal) error {
	if len(s.open) == 0 {
		return fmt.Errorf("%s: the search has ended: %s proposes nothing more: %w", j.path, j.spec.Algo,
			evolve.ErrFailed)
	}
	return fmt.Errorf("%s: %s waits for a result%s: %w", j.path, j.spec.Algo, s.openText(), evolve.ErrFailed)
}

// Result is what an evaluation found: a loss or, where Failed says why, none.
type Result struct {
	Loss   float64
	Cost   float64 // seconds
	Failed string  // "" where it did not fail
}

// Tell writes the result of an open trial down and says where the study then stands. The searcher is told of it when it
// is asked again.
func Tell(ctx context.Context, dir string, trial int, r Result) (State, error) {
	j, err := open(ctx, dir)
	if missing(err) {
		err = fmt.Errorf("%s holds no study: amoeba ask begins one: %w", dir, evolve.ErrInvalid)
	}
	if err != nil {
		return State{}, err
	}
	defer j.close()
	var s state
	for _, e := range j.events {
		if err := s.add(e); err != nil {
			return State{}, err
		}
	}
	e := event{Tell: &told{Trial: trial, Cost: r.Cost, Error: r.Failed}}
	if r.Failed == "" {
		e.Tell.Loss = &r.Loss
	}
	if err := s.add(e); err != nil {
		return State{}, fmt.Errorf("%s: %w", dir, err)
	}
	return s.stands(), j.append(e)
}
