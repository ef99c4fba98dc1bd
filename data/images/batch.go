package images

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Batch is B images as a network takes them: normalised, channel by channel, within it image by
// image, X[((c*B+b)*H+y)*W+x].
type Batch struct {
	X []float32 // C*B*H*W
	Y []int32   // B labels
	// N is how many images are in it: B, but perhaps fewer in the last of an evaluation, where
	// the rest of X is zero and of Y -1.
	N int
}

// Loader delivers images in batches. It may be used by several at a time.
type Loader struct {
	set    *Set
	idx    []int
	labels []uint8 // of the set's images
	aug    Augment
	batch  int
	table  [][256]float32  // by channel, the normalised value of a byte
	spare  chan *workspace // of an iteration that is over
}

// workspace is what one iteration writes to: two batches, so that one is filled while the other
// is trained on.
type workspace struct {
	batches [2]Batch
	order   []int
	pcg     *rand.PCG
	rand    *rand.Rand
}

// NewLoader makes a loader of training images: those of idx, normalised, changed by aug in
// [Loader.Epoch], with other labels than the set's where labels is not nil (one for each image
// of the set). It refuses fewer images than a batch has, which make no epoch, and
// what does not fit the set, by errors that wrap evolve.ErrInvalid.
func NewLoader(s *Set, idx []int, norm Norm, aug Augment, batch int, labels []uint8) (*Loader, error) {
	if batch > len(idx) {
		return nil, fmt.Errorf("batch %d is larger than the training split of %d images: %w",
			batch, len(idx), evolve.ErrInvalid)
	}
	return newLoader(s, idx, norm, aug, batch, labels)
}

// NewEvaluation makes a loader for [Loader.Sequential] alone: of any number of images, none of
// them changed, with the set's labels.
func NewEvaluation(s *Set, idx []int, norm Norm, batch int) (*Loader, error) {
	return newLoader(s, idx, norm, Augment{}, batch, nil)
}

func newLoader(s *Set, idx []int, norm Norm, aug Augment, batch int, labels []uint8) (*Loader, error) {
	if batch < 1 {
		return nil, fmt.Errorf("batch %d, want at least 1: %w", batch, evolve.ErrInvalid)
	}
	if len(norm.Mean) != s.C || len(norm.Std) != s.C {
		return nil, fmt.Errorf("%d means and %d deviations, %s has %d channels: %w",
			len(norm.Mean), len(norm.Std), s.Name, s.C, evolve.ErrInvalid)
	}
	if err := aug.check(s.H, s.W); err != nil {
		return nil, err
	}
	for k, i := range idx {
		if i < 0 || i >= s.Len() {
			return nil, fmt.Errorf("image %d at place %d, %s has %d: %w", i, k, s.Name, s.Len(), evolve.ErrInvalid)
		}
	}
	if labels == nil {
		labels = s.labels
	}
	if len(labels) != s.Len() {
		return nil, fmt.Errorf("%d labels, %s has %d images: %w", len(labels), s.Name, s.Len(), evolve.ErrInvalid)
	}
	for i, l := range labels {
		if int(l) >= s.Classes {
			return nil, fmt.Errorf("label %d of image %d, want 0..%d: %w", l, i, s.Classes-1, evolve.ErrInvalid)
		}
	}
	l := &Loader{set: s, idx: idx, labels: labels, aug: aug, batch: batch, table: make([][256]float32, s.C),
		spare: make(chan *workspace, 1)}
	for c := range l.table {
		if !(norm.Std[c] > 0) { // NaN included
			return nil, fmt.Errorf("deviation %v of channel %d, want a positive number: %w",
				norm.Std[c], c, evolve.ErrInvalid)
		}
		for v := range l.table[c] {
			l.table[c][v] = float32((float64(v)/float64(s.Max) - float64(norm.Mean[c])) / float64(norm.Std[c]))
		}
	}
	return l, nil
}

// Batches is how many an epoch has.
func (l *Loader) Batches() int { return len(l.idx) / l.batch }

// Epoch delivers the images in random order, changed by the loader's Augment, in whole batches:
// the rest of the order is dropped. It takes two numbers from r at once, and the batches
// depend on them alone. A batch is valid until the next. They end early when ctx does, whose
// error the caller asks for.
func (l *Loader) Epoch(ctx context.Context, r *rand.Rand) iter.Seq[*Batch] {
	a, b := r.Uint64(), r.Uint64()
	return func(yield func(*Batch) bool) {
		w := l.take()
		defer l.give(w)
		w.pcg.Seed(a, b)
		copy(w.order, l.idx)
		w.rand.Shuffle(len(w.order), func(i, j int) { w.order[i], w.order[j] = w.order[j], w.order[i] })
		w.deliver(ctx, l.Batches(), yield, func(k int, b *Batch) {
			l.fill(b, w.order[k*l.batch:(k+1)*l.batch], w.rand)
		})
	}
}

// Sequential delivers every image once, in the order of the loader's images and unchanged; the
// last batch is filled up. For the rest see [Loader.Epoch].
func (l *Loader) Sequential(ctx context.Context) iter.Seq[*Batch] {
	return func(yield func(*Batch) bool) {
		w := l.take()
		defer l.give(w)
		n := (len(l.idx) + l.batch - 1) / l.batch
		w.deliver(ctx, n, yield, func(k int, b *Batch) {
			l.fill(b, l.idx[k*l.batch:min((k+1)*l.batch, len(l.idx))], nil)
		})
	}
}

// deliver has a goroutine fill the next batch while the consumer is at one. The goroutine is
// gone when deliver returns.
func (w *workspace) deliver(ctx context.Context, n int, yield func(*Batch) bool, fill func(int, *Batch)) {
	empty, full, stop := make(chan *Batch, len(w.batches)), make(chan *Batch), make(chan struct{})
	for i := range w.batches {
		empty <- &w.batches[i]
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(stop)
	wg.Go(func() {
		defer close(full)
		for k := range n {
			var b *Batch
			select {
			case b = <-empty:
			case <-stop:
				return
			}
			fill(k, b)
			select {
			case full <- b:
			case <-ctx.Done():
				return
			case <-stop:
				return
			}
		}
	})
	for b := range full {
		if ctx.Err() != nil || !yield(b) {
			return
		}
		empty <- b
	}
}

// fill writes images to a batch, changed where there is an r.
func (l *Loader) fill(b *Batch, idx []int, r *rand.Rand) {
	s := l.set
	area := s.H * s.W
	for at, i := range idx {
		var v view
		if r != nil {
			v = l.aug.draw(s.H, s.W, r)
		}
		img := s.Image(i)
		for c := range s.C {
			x := (c*l.batch + at) * area
			v.put(b.X[x:x+area], img[c*area:(c+1)*area], s.H, s.W, &l.table[c])
		}
		b.Y[at] = int32(l.labels[i])
	}
	b.N = len(idx)
	for at := b.N; at < l.batch; at++ {
		b.Y[at] = -1
	}
	for c := range s.C {
		clear(b.X[(c*l.batch+b.N)*area : (c+1)*l.batch*area])
	}
}

// take returns a free workspace.
func (l *Loader) take() *workspace {
	select {
	case w := <-l.spare:
		return w
	default:
	}
	pcg := rand.NewPCG(0, 0) // seeded for each epoch
	w := &workspace{order: make([]int, len(l.idx)), pcg: pcg, rand: rand.New(pcg)}
	for i := range w.batches {
		w.batches[i] = Batch{X: make([]float32, l.batch*l.set.C*l.set.H*l.set.W), Y: make([]int32, l.batch)}
	}
	return w
}

// give keeps a workspace for the next iteration.
func (l *Loader) give(w *workspace) {
	select {
	case l.spare <- w:
	default:
	}
}
