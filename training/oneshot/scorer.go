package oneshot

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Scoring says how architectures are asked.
type Scoring struct {
	// Refit is the number of training batches that an architecture's batch norms are fitted to before it is asked; 0
	// normalises each batch that is asked about by its own statistics.
	Refit int
	// Mixed weighs an architecture's operations by 1/Ops, as the uniform mixture of all candidates weighs them.
	Mixed bool
	// Own gives a scorer weights of its own, as they are when it is made, for [Answers.Set] to change.
	Own bool
}

// Scored is what the shared weights make of the scoring part.
type Scored struct {
	Loss  float64 // mean cross entropy in nats
	Error float64 // fraction of wrong answers
}

// Scorer asks architectures about the images that score. One goroutine uses it; several share the weights, which must
// not be trained meanwhile.
type Scorer struct {
	*Answers[float32]
	course *Course
	mixed  bool
	refit  []Batch // training batches; none where each batch has its own statistics
}

// Scorer makes one. The error wraps evolve.ErrInvalid or evolve.ErrUnsupported.
func (c *Course) Scorer(o Scoring) (*Scorer, error) {
	if o.Refit < 0 {
		return nil, fmt.Errorf("refit=%d: want at least 0: %w", o.Refit, evolve.ErrInvalid)
	}
	s := &Scorer{c.Another(), c, o.Mixed, c.refitting(o.Refit)}
	var err error
	if o.Mixed {
		err = s.even()
	}
	if err == nil && o.Own {
		err = s.own()
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Score asks an architecture about all images that score, without a scorer of its own, each batch by its own
// statistics. The error is as that of [Scorer.Score].
func (c *Course) Score(ctx context.Context, a evolve.Arch) (Scored, error) {
	return (&Scorer{Answers: c.Answers, course: c}).Score(ctx, a, 0, 0)
}

// Scorers are those of weights that are trained no more, one for each goroutine that asks at a time.
type Scorers struct {
	of   *Course
	o    Scoring
	mu   sync.Mutex
	free []*Scorer
}

// Scorers makes none yet.
func (c *Course) Scorers(o Scoring) *Scorers { return &Scorers{of: c, o: o} }

// Take is one that nobody uses, or a new one, whose error is that of [Course.Scorer]. Give gives it back.
func (p *Scorers) Take() (*Scorer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		s := p.free[n-1]
		p.free = p.free[:n-1]
		return s, nil
	}
	return p.of.Scorer(p.o)
}

func (p *Scorers) Give(s *Scorer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, s)
}

// Close gives the memory of those back that nobody uses.
func (p *Scorers) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, s := range p.free {
		errs = append(errs, s.Close())
	}
	p.free = nil
	return errors.Join(errs...)
}

// Score asks an architecture about so many batches of the scoring part from one on, and from the first again after the
// last; 0 batches, or as many as there are, are all, each once. The error wraps evolve.ErrFailed where the answers are
// no numbers, and evolve.ErrInvalid for what is no architecture of the supernet.
func (s *Scorer) Score(ctx context.Context, a evolve.Arch, from, batches int) (Scored, error) {
	c := s.course
	open, err := c.Path(a)
	if err != nil {
		return Scored{}, err
	}
	if n := c.ScoringBatches(); batches == 0 || batches >= n {
		from, batches = 0, n
	}
	ask := s.ask
	if len(s.refit) > 0 {
		if err := s.fit(open, s.mixed, s.refit); err != nil {
			return Scored{}, err
		}
		ask = s.askFitted
	}
	var loss float64
	images, correct := 0, 0
	for i := range batches {
		if err := ctx.Err(); err != nil {
			return Scored{}, err
		}
		b := c.ScoringBatch(from + i)
		r, err := ask(open, s.mixed, b)
		if err != nil {
			return Scored{}, err
		}
		n := b.Images()
		loss += float64(r.Loss * float64(n))
		images, correct = images+n, correct+r.Correct
	}
	return Scored{loss / float64(images), float64(images-correct) / float64(images)}, nil
}
