package oneshot

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/training/net"
)

// Course is a supernet in training. It is not safe for use by several goroutines; its [Scorer]s are apart.
type Course struct {
	*Shared[float32]
	Plan Plan // with the epochs that its steps make
	Seed uint64

	setting
	origin
	sharing *Sharing // where it saves; nil of a course of the command
	turn    turn
	parts
	done    int // epochs
	asked   int // batches that Val gave
	val     *stream
	notes   []Note
	said    string
	seconds []float64 // of each epoch
}

// origin says how the command `amoeba oneshot train` trains.
type origin struct {
	sampling string
	shuffled bool
}

// outlined is a course without weights, and the supernet that they would be of.
func (s *setting) outlined(p Plan, seed uint64, from origin) (*Course, *net.Supernet, error) {
	p, err := p.settled()
	if err != nil {
		return nil, nil, err
	}
	c := &Course{Plan: p, Seed: seed, setting: *s, origin: from}
	if err := c.open(); err != nil {
		return nil, nil, err
	}
	c.Plan.Epochs = c.horizon()
	super, err := s.super(p)
	return c, super, err
}

// options are those of the weights.
func (c *Course) options() Options {
	return Options{Recipe: c.Plan.recipe(c.batch), Closed: c.Plan.Closed, Seed: c.Seed}
}

// course makes a new one. The error is that of ctx where it ends meanwhile.
func (s *setting) course(ctx context.Context, p Plan, seed uint64, from origin) (*Course, error) {
	c, super, err := s.outlined(p, seed, from)
	if err != nil {
		return nil, err
	}
	o := c.options()
	o.Stop = ctx.Err
	c.Shared, err = New(super, o, s.device)
	return c, err
}

// Close gives the memory back.
func (c *Course) Close() error {
	c.val.stop()
	return c.Shared.Close()
}

// Cells is the space of the architectures.
func (c *Course) Cells() evolve.Space { return c.space }

// Done says how many epochs are trained.
func (c *Course) Done() int { return c.done }

// horizon is the epochs of the plan, of one in steps as many as these take.
func (c *Course) horizon() int {
	if c.Plan.Steps == 0 {
		return c.Plan.Epochs
	}
	return (c.Plan.Steps + c.Steps() - 1) / c.Steps()
}

// Steps is how many training batches an epoch has.
func (c *Course) Steps() int { return c.learn.Batches() }

// Seconds is what the epochs took, those before a stop included.
func (c *Course) Seconds() float64 { return c.secondsFrom(0) }

// secondsFrom is what all epochs but the first so many took.
func (c *Course) secondsFrom(epoch int) (sum float64) {
	for _, s := range c.seconds[epoch:] {
		sum += s
	}
	return sum
}

// Stream is a stream of random numbers of the seed, a name and numbers such as epoch and step.
func (c *Course) Stream(name string, at ...int) *rand.Rand {
	for _, n := range at {
		name += "/" + strconv.Itoa(n)
	}
	return evolve.Stream(c.Seed, name)
}

// Epoch takes the next epoch's training batches in their order, each with the rate of its step, and counts the epoch.
// Beyond the horizon the rate stays at its least. A batch is valid during the step. Where a step returns an error, or
// ctx ends, which is looked at after each step, that is the error: the epoch is not counted, and the course must be
// thrown away and begun again from the folder.
func (c *Course) Epoch(ctx context.Context, step func(i int, b Batch, rate float64) error) error {
	begin, steps := time.Now(), c.Steps()
	c.turn.latest = begin
	i := 0
	for b := range c.learn.Epoch(ctx, c.Stream("epoch", c.done+1)) {
		rate := c.Plan.Rate(c.done*steps+i, c.Plan.Epochs*steps)
		if err := step(i, Batch{b.X, b.Y}, rate); err != nil {
			return fmt.Errorf("epoch %d of the supernet, step %d: %w", c.done+1, i+1, err)
		}
		if i++; ctx.Err() != nil {
			break
		}
		c.underway(i, begin)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	c.done++
	c.seconds = append(c.seconds, time.Since(begin).Seconds())
	return nil
}

// Val is the next batch for the architecture: of the images that the split says, shuffled anew each time that all were
// asked, the rest that makes no whole batch left out. Its place is part of what Save keeps. It is the caller's.
func (c *Course) Val() Batch {
	n := c.choose.Batches()
	pass, at := c.asked/n, c.asked%n
	if c.val == nil || c.val.pass != pass {
		c.val.stop()
		c.val = newStream(c.choose, c.Stream("val", pass+1), pass)
		for range at { // those before a stop
			c.val.next()
		}
	}
	c.asked++
	return c.val.next()
}

// NotedEpoch is [Course.Epoch] with a note of the mean loss of its steps.
func (c *Course) NotedEpoch(ctx context.Context, step func(i int, b Batch, rate float64) (Result, error)) error {
	sum := 0.0
	err := c.Epoch(ctx, func(i int, b Batch, rate float64) error {
		r, err := step(i, b, rate)
		sum += r.Loss
		return err
	})
	if err == nil {
		c.Note(Note{Entropy: number.Nullable(math.NaN()), Eigenvalue: number.Nullable(math.NaN()),
			Loss: number.Nullable(sum / float64(c.Steps()))})
	}
	return err
}

// Note adds what curves show of the epoch that was trained last, once an epoch, and tells whoever watches the study
// that it has ended.
func (c *Course) Note(n Note) {
	n.Epoch = c.done
	c.notes = append(c.notes, n)
	c.ended(float64(n.Loss))
}

// Say keeps a line for people beside the notes, of what a method trains beside the weights. It is no part of a
// checkpoint.
func (c *Course) Say(text string) { c.said = text }

// Notes are those of all epochs.
func (c *Course) Notes() []Note { return c.notes }
