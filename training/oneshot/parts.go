package oneshot

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve"
)

// parts are the images of a course. Test images are in none of them.
type parts struct {
	learn  *images.Loader // of the weights
	choose *images.Loader // of the architecture
	score  []int          // images that score, in their order
	fixed  func() []Batch // of score, made once
}

// open divides the images by the plan's split.
func (c *Course) open() error {
	d := c.data
	train, score := d.Split.Train, d.Split.Val
	if c.images > len(train) {
		return fmt.Errorf("images %d: the training part of %s has %d: %w", c.images, d.Set.Name, len(train),
			evolve.ErrInvalid)
	} else if c.images > 0 {
		train = d.Set.Subset(train, c.images)
	}
	choose := score
	switch c.Plan.Split {
	case SplitHalf:
		half := d.Set.Subset(train, (len(train)+1)/2)
		choose = without(train, half)
		train, score = half, choose
	case SplitWhole:
		choose = train
	}
	var labels []uint8
	if c.shuffled {
		labels = c.shuffledLabels(train)
	}
	var err error
	if c.learn, err = images.NewLoader(d.Set, train, d.Norm, images.Augment{}, c.batch, labels); err != nil {
		return err
	}
	c.choose, err = images.NewLoader(d.Set, choose, d.Norm, images.Augment{}, c.batch, labels)
	if err != nil {
		return fmt.Errorf("images for the architecture: %w", err)
	}
	c.score, c.fixed = score, sync.OnceValue(c.scoring)
	return nil
}

// without are the numbers of a rising list that are not in another.
func without(all, taken []int) (rest []int) {
	for _, i := range all {
		if _, in := slices.BinarySearch(taken, i); !in {
			rest = append(rest, i)
		}
	}
	return rest
}

// shuffledLabels gives images each other's labels.
func (c *Course) shuffledLabels(idx []int) []uint8 {
	labels := make([]uint8, c.data.Set.Len())
	for i := range labels {
		labels[i] = uint8(c.data.Set.Label(i))
	}
	c.Stream("labels").Shuffle(len(idx), func(i, j int) {
		labels[idx[i]], labels[idx[j]] = labels[idx[j]], labels[idx[i]]
	})
	return labels
}

// scoring are the batches of the images that score. The last is filled up with the first images, whose labels there are
// -1: a batch norm that uses a batch's own statistics finds images in every lane, and nothing is asked about an image
// twice.
func (c *Course) scoring() (all []Batch) {
	idx := slices.Clone(c.score)
	n := (len(idx) + c.batch - 1) / c.batch
	for i := 0; len(idx) < n*c.batch; i++ {
		idx = append(idx, c.score[i%len(c.score)])
	}
	l, err := images.NewEvaluation(c.data.Set, idx, c.data.Norm, c.batch)
	if err != nil {
		return nil // what open has looked at
	}
	for b := range l.Sequential(context.Background()) {
		all = append(all, cloned(b))
	}
	last := all[n-1].Y
	for i := len(c.score) - (n-1)*c.batch; i < c.batch; i++ {
		last[i] = -1
	}
	return all
}

// ScoringBatches is how many batches the scoring part has.
func (c *Course) ScoringBatches() int { return len(c.fixed()) }

// ScoringBatch is one of the scoring part, whose order is fixed, from 0 and on from the first after the last. It is
// shared and not to be written to; the label -1 is no image.
func (c *Course) ScoringBatch(i int) Batch {
	all := c.fixed()
	return all[i%len(all)]
}

// refitting are n training batches that statistics are fitted to, the same for all architectures.
func (c *Course) refitting(n int) (all []Batch) {
	for pass := 0; len(all) < n; pass++ {
		for b := range c.learn.Epoch(context.Background(), c.Stream("refit", pass)) {
			if all = append(all, cloned(b)); len(all) == n {
				break
			}
		}
	}
	return all
}

// cloned is a batch that is the caller's.
func cloned(b *images.Batch) Batch { return Batch{slices.Clone(b.X), slices.Clone(b.Y)} }

// stream delivers a loader's batches in the order of one pass.
type stream struct {
	pass int
	pull func() (*images.Batch, bool)
	end  func()
}

func newStream(l *images.Loader, r *rand.Rand, pass int) *stream {
	s := &stream{pass: pass}
	s.pull, s.end = iter.Pull(l.Epoch(context.Background(), r))
	return s
}

// next is the next batch of a pass that has one.
func (s *stream) next() Batch {
	b, _ := s.pull()
	return cloned(b)
}

// stop ends a pass, of nil none.
func (s *stream) stop() {
	if s != nil {
		s.end()
	}
}
