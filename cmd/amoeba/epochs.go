package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/training"
)

// epochs tells a training's epochs on standard error: a bar on a terminal, lines elsewhere.
type epochs struct {
	errw  io.Writer
	bar   *progressbar.ProgressBar
	quiet bool
	total int // of all seeds
	each  int // of a seed
	done  int
	past  int // of done, those of earlier processes, which say nothing about the time
	begin time.Time
}

// newEpochs has a training tell its epochs.
func newEpochs(c *cobra.Command, f *trainFlags, s *training.Seeds) *epochs {
	each := s.Job.Recipe.Epochs
	p := &epochs{errw: c.ErrOrStderr(), quiet: f.quiet, each: each, total: each * s.Count, begin: time.Now()}
	p.bar = progress(p.errw, f.quiet, p.total, "epochs")
	s.Began, s.Heard = p.began, p.heard
	return p
}

func (p *epochs) began(seed uint64, done int) {
	if done == 0 {
		return
	}
	p.done += done
	p.past += done
	if p.bar != nil {
		p.bar.ChangeMax(max(p.total-p.past, 1)) // its clock knows the rest alone
	} else if !p.quiet {
		fmt.Fprintf(p.errw, "seed %d  %d of %d epochs are in the folder\n", seed, done, p.each)
	}
}

func (p *epochs) heard(seed uint64, e training.Epoch) {
	p.done++
	if p.bar != nil {
		p.bar.Describe(fmt.Sprintf("seed %d, epoch %d of %d, val %.2f %%", seed, e.Epoch, p.each, 100*e.ValAcc))
		_ = p.bar.Set(p.done - p.past) // a terminal that cannot be written to stops nothing
		return
	}
	if p.quiet {
		return
	}
	left := time.Since(p.begin) / time.Duration(p.done-p.past) * time.Duration(p.total-p.done)
	fmt.Fprintf(p.errw, "seed %d  epoch %d/%d  rate %.4g  train loss %.4f, %.2f %%  val loss %.4f, %.2f %%  %.2f s, %v left\n",
		seed, e.Epoch, p.each, e.Rate, e.TrainLoss, 100*e.TrainAcc, e.ValLoss, 100*e.ValAcc, e.Seconds+e.ValTime, left.Round(100*time.Millisecond))
}

// end takes the bar away.
func (p *epochs) end() {
	if p.bar != nil {
		_ = p.bar.Exit()
	}
}
