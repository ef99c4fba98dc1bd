package oneshot

import (
	"context"
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Scoring says how architectures are asked.
type Scoring struct {
	// Refit is the number of training batches that an architecture's batch norms are fitted to before it is asked; 0
	// normalises each batch that is asked about by its own statistics.
	Refit int
	// Mixed weighs an architecture's operations by 1/Ops, as the uniform mixture of all candidates weighs them.
	Mixed bool
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
	if o.Mixed {
		if err := s.even(); err != nil {
			return nil, err
		}
	}
	return s, nil
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
		n := 0
		for _, y := range b.Y {
			if y >= 0 {
				n++
			}
		}
		loss += float64(r.Loss * float64(n))
		images, correct = images+n, correct+r.Correct
	}
	return Scored{loss / float64(images), float64(images-correct) / float64(images)}, nil
}
