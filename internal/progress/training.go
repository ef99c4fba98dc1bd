package progress

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training"
)

// epochs reports a training: a bar on a terminal; elsewhere a line an epoch, and within a long one a line now and
// then. It counts epochs and parts of them.
type epochs struct {
	w        io.Writer
	bar      *progressbar.ProgressBar
	quiet    bool
	total    float64            // of all seeds
	each     int                // of a seed
	done     map[uint64]float64 // by seed
	past     float64            // of done, those of earlier processes, which say nothing about the time
	begin    time.Time
	reported time.Time
}

// Epochs reports the epochs of the seeds of a training, to an observer. end takes the bar away.
func Epochs(w io.Writer, quiet bool, s *training.Seeds) (observer evolve.Observer, end func()) {
	each := s.Job.Recipe.Epochs
	p := &epochs{w: w, quiet: quiet, each: each, total: float64(each * s.Count), done: map[uint64]float64{},
		begin: time.Now(), reported: time.Now()}
	p.bar = bar(w, quiet, barSteps, "training")
	return evolve.On(func(e training.OfSeed) {
		switch x := e.Event.(type) {
		case training.Began:
			p.began(e.Seed, x.Done)
		case training.Epoch:
			p.ended(e.Seed, x)
		case training.Step:
			p.stepped(e.Seed, x.Done, x.Of)
		case training.Crowded:
			p.crowded(x)
		}
	}), p.end
}

// barSteps is what a bar's whole length counts: thousandths.
const barSteps = 1000

func (p *epochs) began(seed uint64, done int) {
	if done == 0 {
		return
	}
	p.done[seed] = float64(done)
	p.past += float64(done)
	if p.bar == nil && !p.quiet {
		fmt.Fprintf(p.w, "seed %d  %d of %d epochs are in the folder\n", seed, done, p.each)
	}
}

func (p *epochs) crowded(c training.Crowded) {
	if p.bar != nil {
		_ = p.bar.Clear() // the line stands above the bar
	}
	if !p.quiet {
		fmt.Fprintln(p.w, c)
	}
}

func (p *epochs) ended(seed uint64, e training.Epoch) {
	p.done[seed] = float64(e.Epoch)
	p.reported = time.Now()
	if p.bar != nil {
		p.show(fmt.Sprintf("seed %d, epoch %d of %d, val %.2f %%", seed, e.Epoch, p.each, 100*e.ValAcc))
		return
	}
	if p.quiet {
		return
	}
	fmt.Fprintf(p.w,
		"seed %d  epoch %d/%d  rate %.4g  train loss %.4f, %.2f %%  val loss %.4f, %.2f %%  %.2f s, %s left\n",
		seed, e.Epoch, p.each, e.Rate, e.TrainLoss, 100*e.TrainAcc, e.ValLoss, 100*e.ValAcc,
		e.Seconds+e.ValTime, p.left())
}

// stepped reports a step. Validation comes after the last step, which therefore ends no epoch.
func (p *epochs) stepped(seed uint64, done, of int) {
	whole := int(p.done[seed])
	p.done[seed] = float64(whole) + float64(done)/float64(of+1)
	switch now := time.Now(); {
	case p.bar != nil && now.Sub(p.reported) > time.Second:
		p.show(fmt.Sprintf("seed %d, epoch %d of %d, step %d of %d", seed, whole+1, p.each, done, of))
		p.reported = now
	case p.bar == nil && !p.quiet && now.Sub(p.reported) > quietFor:
		fmt.Fprintf(p.w, "seed %d  epoch %d/%d  step %d/%d, %s left\n", seed, whole+1, p.each, done, of, p.left())
		p.reported = now
	}
}

// fresh is how many epochs this process has trained, and left how long the rest takes at their
// speed.
func (p *epochs) fresh() (n float64) {
	for _, d := range p.done {
		n += d
	}
	return n - p.past
}

func (p *epochs) left() string {
	n := p.fresh()
	return Duration(time.Duration(float64(time.Since(p.begin)) / n * (p.total - p.past - n)))
}

// Duration is a time to wait, with no more digits than can be known.
func Duration(d time.Duration) string {
	switch {
	case d > 48*time.Hour:
		return fmt.Sprintf("%.0f days", d.Hours()/24)
	case d > time.Hour:
		return fmt.Sprintf("%.1f h", d.Hours())
	case d > 10*time.Second:
		return d.Round(time.Second).String()
	}
	return d.Round(100 * time.Millisecond).String()
}

// show moves the bar; its clock knows what this process trains alone. A terminal that cannot be
// written to stops nothing.
func (p *epochs) show(what string) {
	p.bar.Describe(what)
	_ = p.bar.Set(int(barSteps * p.fresh() / (p.total - p.past)))
}

// end takes the bar away.
func (p *epochs) end() {
	if p.bar != nil {
		_ = p.bar.Exit()
	}
}
