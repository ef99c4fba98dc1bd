package oneshot

import (
	"math"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
)

// turn is the trial of a study that trains a course, for whoever watches the study.
type turn struct {
	trial  int
	before int       // epochs that earlier trials trained
	latest time.Time // of the last report in this epoch, or its begin
}

// reportEvery is how long an epoch lasts without a report of how much of it is done.
const reportEvery = time.Second

// takeTurn begins the turn of the trial that follows so many told ones. The first may train several epochs, and be
// stopped between them.
func (c *Course) takeTurn(told int) {
	if told+1 == c.turn.trial {
		return
	}
	c.turn.trial, c.turn.before = told+1, c.done
	if told == 0 {
		c.turn.before = 0
	}
}

// underway reports now and then that so many steps of the epoch that began then are done.
func (c *Course) underway(steps int, begin time.Time) {
	if steps < c.Steps() && time.Since(c.turn.latest) >= reportEvery {
		c.turn.latest = time.Now()
		c.report(float64(steps)/float64(c.Steps()), math.NaN(), time.Since(begin).Seconds())
	}
}

// ended reports that an epoch has ended with this training loss, NaN of one that is not known.
func (c *Course) ended(loss float64) { c.report(0, loss, 0) }

// report tells how far the trial is: its part of the next epoch, the training loss of the last, and the seconds of the
// next so far. It names no architecture: the epochs are of weights that all of them share.
func (c *Course) report(part, loss, seconds float64) {
	if c.sharing == nil {
		return
	}
	c.sharing.watch.Report(evolve.TrialProgress{Trial: c.turn.trial, Epoch: c.done, Epochs: max(c.Plan.Epochs, c.done),
		Part: part, TrainLoss: loss, ValLoss: math.NaN(), Seconds: c.secondsFrom(c.turn.before) + seconds})
}
