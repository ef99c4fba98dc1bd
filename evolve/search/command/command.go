package command

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/program"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// Searcher asks a program for proposals, by lines of JSON. A run has a process of its own, which begins with the first
// proposal. A program that ends, does not answer in time or proposes what the problem does not have breaks its run:
// [evolve.ErrBroken].
type Searcher struct {
	Program *program.Command
	Timeout time.Duration // for an answer; above 0

	mu      sync.Mutex // guards what follows but talk and stopped, which Close looks at first
	space   evolve.Space
	decider evolve.Decider // nil where there are no decisions
	levels  []evolve.Fidelity
	unsaid  []byte               // lines that the program has not been sent
	trials  []trial              // by number, which count from 1
	open    int                  // trials that it was not told of
	says    answer               // the latest
	over    bool                 // it proposes nothing any more
	why     error                // it broke
	talk    atomic.Pointer[talk] // nil where the program is not running
	stopped atomic.Bool          // it was closed while it was asked
}

// trial is what is kept of a proposal.
type trial struct {
	arch   evolve.Arch
	epochs int
	state  state
}

type state uint8

const (
	asked state = iota
	told
	failed
)

// A program may answer so many times in a row with numbers that are allowed one by one and together make no
// architecture. Of random ones seven in ten make one, on the registered spaces where the fewest do (nb101 and
// tnb101-macro, 20,000 draws each).
const maxRefused = 1000

// An answer may take a model's fit of a minute.
const defaultTimeout = 60

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name:    "command",
		Doc:     "a program of yours in any language, which is asked by JSON lines",
		Paper:   "this project, docs/programs.md",
		Program: true,
		Models:  true, // for all that is known
		Params: []evolve.Param{
			evolve.Float("timeout", defaultTimeout, 0.001, 1e6, "seconds that the program may take for an answer").
				Logarithmic(),
		},
		New: func(o evolve.Options) (evolve.Searcher, error) {
			p, err := program.Find(o.Variant())
			if err != nil {
				return nil, fmt.Errorf("command: %w", err)
			}
			return &Searcher{Program: p, Timeout: time.Duration(o.Float("timeout") * float64(time.Second))}, nil
		},
	})
}

// Init begins a run. The program is started when it is first asked.
func (s *Searcher) Init(p evolve.Problem, r *rand.Rand) error {
	_ = s.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	decider, _ := p.Space.(evolve.Decider)
	s.space, s.decider, s.levels = p.Space, decider, p.Fidelities
	s.unsaid, s.trials, s.open, s.why, s.over = appendInit(s.unsaid[:0], p, r.Uint64()), s.trials[:0], 0, nil, false
	s.stopped.Store(false)
	return nil
}

// Ask sends the program what it was not told yet and the question, in one write, and reads a line.
func (s *Searcher) Ask(p *evolve.Proposal) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.why != nil || s.stopped.Load() {
		return false
	}
	id := len(s.trials) + 1
	ok, err := s.ask(p, id)
	if err != nil && !s.stopped.Load() {
		s.why = s.broke(fmt.Sprintf("asked for trial %d", id), err)
	}
	return ok && err == nil
}

// ask fills a proposal. False is to wait, or that there are no more.
func (s *Searcher) ask(p *evolve.Proposal, id int) (ok bool, err error) {
	var refusal error
	for range maxRefused {
		*p = evolve.Proposal{}
		s.unsaid = appendAsk(s.unsaid, id)
		line, err := s.exchange()
		if err != nil {
			return false, err
		}
		if refusal, err = s.propose(p, line); err != nil {
			return false, fmt.Errorf("answered %s: %w", shown(line), err)
		}
		switch {
		case refusal != nil:
			s.unsaid = appendTell(s.unsaid, id, "", s.last(s.says.epochs), &evolve.Result{Loss: math.Inf(1)},
				words.Line(refusal))
			continue
		case s.says.wait || s.says.done:
			s.over = s.says.done
			return false, nil
		}
		s.trials = append(s.trials, trial{arch: p.Arch, epochs: s.last(p.Epochs)})
		s.open++
		return true, nil
	}
	return false, fmt.Errorf("chose %d times in a row what makes no architecture, at last: %w", maxRefused, refusal)
}

// propose makes a proposal of an answer. A refusal is of numbers that are allowed one by one and make no architecture
// together, which nobody can know who does not know the space.
func (s *Searcher) propose(p *evolve.Proposal, line []byte) (refusal, err error) {
	a := &s.says
	if err := a.read(line); err != nil {
		return nil, err
	}
	switch {
	case a.wait && s.open == 0:
		return nil, errors.New("no trial is open that it could wait for")
	case a.wait || a.done:
		return nil, nil
	case a.choose != nil && s.decider == nil:
		return nil, fmt.Errorf("space %s has no decisions: want an arch", s.space.Name())
	case a.choose != nil:
		if p.Arch, err = s.decider.Choose(a.choose); err == nil {
			break
		}
		if bad := evolve.CheckChoices(s.decider.Decisions(), a.choose); bad != nil {
			return nil, bad
		}
		refusal = err
	default:
		if p.Arch, err = s.named(evolve.Arch(a.arch)); err != nil {
			return nil, err
		}
	}
	if a.epochs != 0 && !slices.ContainsFunc(s.levels, func(f evolve.Fidelity) bool { return f.Epochs == a.epochs }) {
		return nil, fmt.Errorf("epochs %d: want one of the fidelities %s", a.epochs, epochsOf(s.levels))
	}
	p.Epochs = a.epochs
	for i, parent := range a.parents {
		if parent < 1 || parent > len(s.trials) || s.trials[parent-1].state == asked {
			return nil, fmt.Errorf("the parent %d is no trial that it was told of", parent)
		}
		p.Parents[i] = parent
	}
	if a.from != 0 && refusal == nil {
		return nil, s.goOn(p, a.from)
	}
	return refusal, nil
}

// named is an architecture by its genome or the literature's notation of the space.
func (s *Searcher) named(arch evolve.Arch) (evolve.Arch, error) {
	canon, err := s.space.Canon(arch)
	if err == nil && canon == arch {
		return arch, nil
	}
	if n, ok := s.space.(evolve.Notation); ok {
		// A genome of hyper-parameters has many spellings: a trial has the one that the space writes.
		read, bad := n.Parse(string(arch))
		if bad == nil && err != nil {
			return read, nil
		}
		if bad == nil {
			if same, _ := s.space.Canon(read); same == canon {
				return read, nil
			}
		}
	}
	if err != nil {
		return "", err
	}
	return arch, nil
}

// goOn makes a proposal go on with the training of a trial.
func (s *Searcher) goOn(p *evolve.Proposal, from int) error {
	if from > len(s.trials) || s.trials[from-1].state != told {
		return fmt.Errorf("from %d is no trial that ended with a loss and that it was told of", from)
	}
	was, epochs := s.trials[from-1], s.last(p.Epochs)
	at := slices.IndexFunc(s.levels, func(f evolve.Fidelity) bool { return f.Epochs == epochs })
	switch {
	case was.arch != p.Arch:
		return fmt.Errorf("from %d is a trial of %s: want one of the same architecture", from, was.arch)
	case was.epochs >= epochs:
		return fmt.Errorf("from %d was trained for %d epochs: want more of them than that", from, was.epochs)
	case at < 0 || !s.levels[at].Resumes:
		return fmt.Errorf("from %d: a training of %d epochs does not go on from a shorter one here", from, epochs)
	}
	p.From, p.Trained = from, was.epochs
	return nil
}

// last is a number of epochs, of which 0 is the last fidelity.
func (s *Searcher) last(epochs int) int {
	if epochs == 0 && len(s.levels) > 0 {
		epochs = s.levels[len(s.levels)-1].Epochs
	}
	return epochs
}

func epochsOf(levels []evolve.Fidelity) string {
	var all []string
	for _, f := range levels {
		all = append(all, fmt.Sprint(f.Epochs))
	}
	return strings.Join(all, ", ")
}

// Tell keeps a result until the next question.
func (s *Searcher) Tell(t *evolve.Trial, r *evolve.Result) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.why != nil {
		return s.why
	}
	if t.ID < 1 || t.ID > len(s.trials) {
		return fmt.Errorf("command: trial %d was not proposed: %w", t.ID, evolve.ErrInvalid)
	}
	of, why := &s.trials[t.ID-1], ""
	if of.state = told; math.IsInf(r.Loss, 1) {
		of.state, why = failed, "the trial failed"
	}
	s.open--
	s.unsaid = appendTell(s.unsaid, t.ID, t.Arch, of.epochs, r, why)
	return nil
}

// exchange sends what was not said and reads a line, which is valid until the next.
func (s *Searcher) exchange() ([]byte, error) {
	t := s.talk.Load()
	if t == nil {
		var err error
		if t, err = begin(s.Program); err != nil {
			return nil, err
		}
		s.talk.Store(t)
	}
	if rest := t.rest(); len(rest) > 0 {
		return nil, fmt.Errorf("wrote more than the line that answers: %s", shown(rest))
	}
	p := patience{left: s.Timeout, stopped: &s.stopped, ended: t.child.Ended()}
	err := t.write(s.unsaid, &p)
	s.unsaid = s.unsaid[:0]
	if err != nil {
		return nil, err
	}
	p.left = s.Timeout
	return t.line(&p)
}

// shown is a line as a message has room for it.
func shown(line []byte) string {
	const most = 120 // bytes
	if len(line) > most {
		return strconv.QuoteToGraphic(string(line[:most])) + "…"
	}
	return strconv.QuoteToGraphic(string(line))
}

// broke ends the program and says why: what happened when, how the program ended if it had, and what it wrote to
// standard error.
func (s *Searcher) broke(when string, err error) error {
	text := fmt.Sprintf("%s, %s", s.Program.Name(), when)
	t := s.talk.Load()
	if t == nil {
		return fmt.Errorf("%s: %w: %w", text, err, evolve.ErrBroken)
	}
	if errors.Is(err, errGone) {
		err = t.how()
	}
	t.child.Kill()
	said := t.child.Errors().Shown()
	if said != "" {
		said = "; its standard error: " + said
	}
	return fmt.Errorf("%s: %w%s: %w", text, err, said, evolve.ErrBroken)
}

// Close tells the program what it was not told and that nothing more comes, by the end of its standard input, and waits
// until it has ended. A program that is at work on an answer is killed.
func (s *Searcher) Close() error {
	if !s.mu.TryLock() {
		s.stopped.Store(true)
		if t := s.talk.Load(); t != nil {
			t.child.Kill()
		}
		s.mu.Lock()
	}
	defer s.mu.Unlock()
	if t := s.talk.Swap(nil); t != nil {
		s.over = true
		if s.why == nil && !s.stopped.Load() {
			// Whoever does not read them does not want to know.
			_ = t.write(s.unsaid, &patience{left: polite, stopped: &s.stopped, ended: t.child.Ended()})
			t.finish()
		} else {
			t.child.Kill()
		}
		t.close()
	}
	return s.why
}
