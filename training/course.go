package training

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
)

// course is an epoch or an evaluation in progress, batch by batch: what a run does between two batches, so that the
// steps of several runs can be joined. One that is not alone on its device asks for nothing of the others.
type course interface {
	// next uploads the next batch and returns the step that takes it, one of the run's own few; nil where none is left.
	// The error is the context's when that has ended.
	next() (device.Step, error)
	// full says that the device has no room for further results: collect is due.
	full() bool
	// collect waits for the steps since the last time and reads their results. An error that wraps evolve.ErrFailed
	// says that the training has diverged.
	collect() error
	// at adds to an error of the device where the course is.
	at(error) error
	// close ends the course, wherever it is.
	close()
}

// drive takes a course to its end, step by step with the others of the run's crew, and returns its seconds.
func (r *Run) drive(ctx context.Context, c course) (seconds float64, err error) {
	if r.seat != nil {
		begin := r.seat.drive()
		err = r.steps(ctx, c)
		return r.seat.arrive(ctx) - begin, err
	}
	begin := time.Now()
	err = r.steps(ctx, c)
	return time.Since(begin).Seconds(), err
}

func (r *Run) steps(ctx context.Context, c course) error {
	defer c.close()
	for {
		s, err := c.next()
		if err != nil {
			return err
		}
		if s != nil {
			if err := r.take(ctx, s); err != nil {
				return c.at(err)
			}
			if !c.full() {
				continue
			}
		}
		if err := c.collect(); err != nil || s == nil {
			return err
		}
	}
}

// backward is how many times the multiply-adds of a forward pass a backward pass takes: for the gradients of inputs,
// and for those of weights.
const backward = 2

// take runs a step, joined with those of the run's crew.
func (r *Run) take(ctx context.Context, s device.Step) error {
	if r.seat == nil {
		return s.Run()
	}
	weight := float64(r.Network.MACs() * r.Recipe.Batch)
	if s != r.answer {
		weight *= 1 + backward
	}
	return r.seat.run(ctx, s, weight)
}

// batches are what the two kinds of courses have in common.
type batches struct {
	run       *Run
	ctx       context.Context
	pull      func() (*images.Batch, bool)
	stop      func()
	results   []float64 // of the graph: a row a batch, then from the first again
	sent, got int       // batches that were sent to the device, and whose results were read
}

func newBatches(ctx context.Context, r *Run, results []float64, seq iter.Seq[*images.Batch]) batches {
	b := batches{run: r, ctx: ctx, results: results}
	b.pull, b.stop = iter.Pull(seq)
	return b
}

func (b *batches) close()       { b.stop() }
func (b *batches) rows() int    { return len(b.results) / device.ResultCount }
func (b *batches) full() bool   { return b.sent-b.got == b.rows() }
func (b *batches) row() float64 { return float64(b.sent % b.rows()) } // of the next batch

// read returns the results of the first batch whose results were not read.
func (b *batches) read() []float64 {
	return b.results[b.got%b.rows()*device.ResultCount:][:device.ResultCount]
}

// epoch is one of training in progress.
type epoch struct {
	batches
	Epoch
	steps int // of the solver
	seen  int // images
}

// epoch begins the next one.
func (r *Run) epoch(ctx context.Context) (*epoch, error) {
	if err := r.record(); err != nil {
		return nil, err
	}
	done := r.Done()
	e := &epoch{Epoch: Epoch{Epoch: done + 1}, steps: r.loader.Batches() / r.Recipe.Accumulate}
	e.batches = newBatches(ctx, r, r.train.Results,
		r.loader.Epoch(ctx, evolve.Stream(r.Seed, fmt.Sprintf("epoch/%d", e.Epoch.Epoch))))
	r.train.DropPath = r.rate * float64(done) / float64(r.Recipe.Epochs)
	return e, nil
}

func (e *epoch) next() (device.Step, error) {
	r := e.run
	if e.sent == e.steps*r.Recipe.Accumulate {
		return nil, e.ctx.Err()
	}
	b, ok := e.pull()
	if !ok {
		return nil, e.ctx.Err()
	}
	done, at := r.Done(), e.sent/r.Recipe.Accumulate
	r.step = uint64(done)<<32 | uint64(e.sent+1)
	r.train.Load(b.X, b.Y)
	r.train.Set(device.ScalarRow, e.row())
	e.sent++
	e.seen += b.N
	step := r.pass
	if e.sent%r.Recipe.Accumulate == 0 {
		e.Rate = r.Recipe.Rate(float64(done) + float64(at)/float64(e.steps))
		r.solver.LR = e.Rate
		r.solver.set(r.train.Set)
		step = r.update
	}
	r.train.Upload()
	return step, nil
}

func (e *epoch) collect() error {
	if e.got == e.sent {
		return nil
	}
	if err := e.run.dev.Wait(); err != nil {
		return e.at(err)
	}
	for ; e.got < e.sent; e.got++ {
		got := e.read()
		loss := got[device.ResultLoss]
		if math.IsNaN(loss) || math.IsInf(loss, 0) {
			return fmt.Errorf("epoch %d, batch %d: the loss is %v: training has diverged: %w",
				e.Epoch.Epoch, e.got+1, loss, evolve.ErrFailed)
		}
		e.TrainLoss += loss
		e.TrainCorrect += int(got[device.ResultCorrect])
		if (e.got+1)%e.run.Recipe.Accumulate > 0 {
			continue
		}
		if err := finite(got[device.ResultNorm]); err != nil {
			return fmt.Errorf("epoch %d, batch %d: %w", e.Epoch.Epoch, e.got+1, err)
		}
		if e.run.Observer != nil {
			e.run.Observer(Step{(e.got + 1) / e.run.Recipe.Accumulate, e.steps})
		}
	}
	return nil
}

func (e *epoch) at(err error) error {
	return fmt.Errorf("epoch %d, batch %d: %w", e.Epoch.Epoch, e.sent, err)
}

// mean makes means of the sums, once the last results are read.
func (e *epoch) mean() {
	e.TrainLoss /= float64(e.got)
	e.TrainAcc = float64(e.TrainCorrect) / float64(e.seen)
}

// evaluation is one in progress.
type evaluation struct {
	batches
	Evaluation
	labels  [][]int32 // of the batches whose answers are not read yet
	answers []float32 // of the host
}

// evaluation begins to ask about images.
func (r *Run) evaluation(ctx context.Context, idx []int) (*evaluation, error) {
	if err := r.recordAnswer(); err != nil {
		return nil, err
	}
	loader, err := images.NewEvaluation(r.data.Set, idx, r.data.Norm, r.Recipe.Batch)
	if err != nil {
		return nil, err
	}
	e := &evaluation{batches: newBatches(ctx, r, r.eval.Results, loader.Sequential(ctx)),
		answers: make([]float32, len(r.eval.Answers))}
	e.Confusion = make([][]int, r.data.Set.Classes)
	for c := range e.Confusion {
		e.Confusion[c] = make([]int, r.data.Set.Classes)
	}
	return e, nil
}

func (e *evaluation) next() (device.Step, error) {
	b, ok := e.pull()
	if !ok {
		return nil, e.ctx.Err()
	}
	eval := e.run.eval
	eval.Load(b.X, b.Y)
	eval.Set(device.ScalarRow, e.row())
	eval.Upload()
	e.labels = append(e.labels, slices.Clone(b.Y[:b.N]))
	e.sent++
	return e.run.answer, nil
}

func (e *evaluation) collect() error {
	if e.got == e.sent {
		return nil
	}
	// A download waits as Wait does, so that the results are right as well.
	if err := e.run.dev.Download(e.answers, e.run.eval.Answers); err != nil {
		return e.at(err)
	}
	for _, labels := range e.labels {
		got := e.read()
		row := e.got % e.rows() * e.run.eval.Row()
		e.Loss += float64(got[device.ResultLoss] * float64(len(labels)))
		e.Images += len(labels)
		e.Correct += int(got[device.ResultCorrect])
		for lane, y := range labels {
			e.Confusion[y][int(e.answers[row+lane])]++
		}
		e.got++
	}
	e.labels = e.labels[:0]
	return nil
}

func (e *evaluation) at(err error) error { return fmt.Errorf("evaluation, batch %d: %w", e.sent, err) }

// end is what the answers are worth, once all are read. The error wraps evolve.ErrFailed where they are no numbers.
func (e *evaluation) end() (Evaluation, error) {
	out := e.Evaluation
	out.Loss /= float64(out.Images)
	if math.IsNaN(out.Loss) || math.IsInf(out.Loss, 0) {
		return out, fmt.Errorf("the loss on %d images is %v: training has diverged: %w",
			out.Images, out.Loss, evolve.ErrFailed)
	}
	return out, nil
}
