package plots

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// A LearningRun is one training: what each epoch gave, the first at index 0. Accuracies are in
// per cent. Chosen is the number, from 1, of the epoch whose weights were taken; 0 for none.
type LearningRun struct {
	TrainLoss, ValLoss []float64
	TrainAcc, ValAcc   []float64
	Chosen             int
}

// Learning is a figure of learning curves: loss and accuracy by epoch, of training and of
// validation, a thin line a run and a thick one for their mean. The losses' axis is logarithmic.
type Learning struct {
	Title, Note string
	Runs        []LearningRun
}

// Of a training up to so many epochs every one is in view, and the axis begins with the first.
const shortTraining = 10

// A measure is taken by epoch in training and in validation.
type measure [2]func(LearningRun) []float64

var (
	losses = measure{func(r LearningRun) []float64 { return r.TrainLoss },
		func(r LearningRun) []float64 { return r.ValLoss }}
	accuracies = measure{func(r LearningRun) []float64 { return r.TrainAcc },
		func(r LearningRun) []float64 { return r.ValAcc }}
)

// figure has the means alone.
func (f Learning) figure() Chart {
	return Chart{Title: f.Title, Note: f.Note, Panels: []Panel{
		{Title: "loss", XLabel: "epoch", YLabel: "cross entropy", LogY: true, Series: f.series(losses)},
		{Title: "accuracy", XLabel: "epoch", YLabel: "accuracy (%)", Top: 100, Series: f.series(accuracies)},
	}}
}

// Write draws the figure as "png" (200 dpi), "svg" or "pdf". It fails on another format, without
// runs, on runs without epochs or of different lengths, and when w does.
func (f Learning) Write(w io.Writer, format string) error {
	if len(f.Runs) == 0 || len(f.Runs[0].TrainLoss) == 0 {
		return errors.New("plots: no epoch to draw")
	}
	n := len(f.Runs[0].TrainLoss)
	for i, r := range f.Runs {
		for _, ys := range [][]float64{r.TrainLoss, r.ValLoss, r.TrainAcc, r.ValAcc} {
			if len(ys) != n {
				return fmt.Errorf("plots: run %d has %d and %d epochs", i+1, n, len(ys))
			}
		}
		if r.Chosen < 0 || r.Chosen > n {
			return fmt.Errorf("plots: run %d chose epoch %d of %d", i+1, r.Chosen, n)
		}
	}
	fig := f.figure()
	panels, err := fig.check()
	if err != nil {
		return err
	}
	below := limitEpochs(panels, n)
	if below > 0 {
		fig.Note = strings.TrimSpace(fmt.Sprintf("%s Accuracies below %.1f %% are not shown.", fig.Note, below))
	}
	on, err := fig.layout(panels)
	if err != nil {
		return err
	}
	return output(w, format, on.width, on.height, func(p pen) {
		p.title(fig.Title, on.height)
		p.note(fig.Note)
		for i, of := range []measure{losses, accuracies} {
			f.drawPanel(p, panels[i], of)
		}
	})
}

// limitEpochs gives the panels of loss and of accuracy their axes for so many epochs. It returns
// the accuracy that the lowest ones are not above and are cut off at, or 0; nothing else is cut.
func limitEpochs(panels []panelLayout, epochs int) (below float64) {
	x := axis{min: 0, max: float64(epochs), whole: true}
	if epochs <= shortTraining {
		x.min, x.max = 0.5, x.max+0.5
	}
	var values [2][]float64
	for i := range panels {
		panels[i].x = x
		for _, s := range panels[i].Series {
			for k := range s.X {
				if finite(s.Lo[k]) && finite(s.Hi[k]) {
					values[i] = append(values[i], s.Lo[k], s.Hi[k])
				}
			}
		}
	}
	if len(values[0]) > 0 {
		panels[0].y = logLimits(values[0])
	}
	if len(values[1]) == 0 {
		return 0
	}
	accuracy := &panels[1]
	least, whole := accuracy.y.min, accuracy.below(linearLimits(values[1]), values[1])
	accuracy.y = whole
	if epochs > shortTraining && slices.Min(values[1]) < least {
		accuracy.y.min, below = least, least
	}
	return below
}

// series are the means; their bands, which are not drawn, have the axes hold every run.
func (f Learning) series(of measure) []Series {
	var all []Series
	for k, name := range []string{"training", "validation"} {
		s := Series{Name: name}
		for i := range f.Runs[0].TrainLoss {
			sum, lo, hi := 0.0, math.Inf(1), math.Inf(-1)
			for _, r := range f.Runs {
				y := of[k](r)[i]
				sum, lo, hi = sum+y, min(lo, y), max(hi, y)
			}
			s.X, s.Mid = append(s.X, float64(i+1)), append(s.Mid, sum/float64(len(f.Runs)))
			s.Lo, s.Hi = append(s.Lo, lo), append(s.Hi, hi)
		}
		all = append(all, s)
	}
	return all
}

func (f Learning) drawPanel(p pen, l panelLayout, of measure) {
	l.drawGrid(p)
	looks, clip := l.looks(), l.clip(p)
	for k, s := range l.Series {
		if len(f.Runs) == 1 {
			break // its mean is itself
		}
		for _, r := range f.Runs {
			thin := stroke{color: tint(looks[k].line, 0.45), width: hairline}
			for _, line := range clip.ClipLinesXY(l.points(s, of[k](r))) {
				p.line(thin, line...)
			}
		}
	}
	for k, s := range l.Series {
		l.drawCurve(p, s, look{looks[k].hue, nil, -1, false})
	}
	dot := func(k, epoch int, y float64) {
		at := l.at(float64(epoch), y)
		if finite(y) && at.Y > l.Min.Y-1 && at.Y < l.Max.Y+1 {
			p.fill(white, circle(at, markRadius+0.6))
			p.fill(looks[k].line, circle(at, markRadius-0.2))
		}
	}
	for k, s := range l.Series {
		if len(s.Mid) == 1 { // no line
			dot(k, 1, s.Mid[0])
		}
	}
	for _, r := range f.Runs {
		if r.Chosen > 0 { // by validation, so its curve has the dots
			dot(1, r.Chosen, of[1](r)[r.Chosen-1])
		}
	}
	l.drawAxes(p)
	for k := range looks {
		looks[k].mark = -1
	}
	l.drawNames(p, looks)
	l.drawLabels(p)
}
