package plots

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/notes"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

func init() {
	Figures.Register(evolve.Entry[Figure]{
		Name: "alpha",
		Doc: "what a method of weight sharing favours, epoch by epoch: the candidates' probabilities, a small panel " +
			"an edge, their entropy, the largest eigenvalue of the validation Hessian, the loss of training",
		Paper: "Zela et al., ICLR 2020, arXiv:1909.09656, for the eigenvalue",
		Params: []evolve.Param{
			evolve.Text("run", everyRun, "number of the run, from 0; all: median and quartiles of the runs"),
		},
		New: func(o evolve.Options) (Figure, error) {
			f := alpha{-1}
			text := o.Text("run")
			if text == everyRun {
				return f, nil
			}
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 {
				return nil, fmt.Errorf("run=%s: want a number from 0 on, or all: %w", text, evolve.ErrInvalid)
			}
			return alpha{n}, nil
		},
	})
}

const everyRun = "all"

// alpha is a figure of the notes of one algorithm: of one run, or of all where run is below 0.
type alpha struct{ run int }

func (alpha) Needs() Needs { return Needs{Single: true} }

func (f alpha) Draw(sets []*trace.Set, o Options) (Drawing, error) {
	s := sets[0]
	arm, runs, err := f.read(s)
	if err != nil {
		return nil, err
	}
	a := &alphaFigure{ops: runs[0].Ops, grids: gridsOf(runs[0].Space, runs[0].Edges)}
	for e := range runs[0].Edges {
		for op := range a.ops {
			at := e*len(a.ops) + op
			a.shares = append(a.shares, summarise(runs, func(n notes.Epoch) float64 {
				if at >= len(n.Shares) {
					return math.NaN()
				}
				return n.Shares[at]
			}))
		}
	}
	title := "what " + arm.Label + " favours"
	if !slices.ContainsFunc(a.shares, noteCurve.known) {
		a.grids, a.shares = nil, nil
		title = "training of " + arm.Label + ", which has no architecture weights"
	}
	a.title = cmp.Or(o.Title, heading(sets, title))
	for _, c := range []struct {
		title, label string
		of           func(notes.Epoch) float64
	}{
		{"Entropy", "mean over edges (nats)", func(n notes.Epoch) float64 { return float64(n.Entropy) }},
		{"Eigenvalue", "largest of the Hessian", func(n notes.Epoch) float64 { return float64(n.Eigenvalue) }},
		{"Training", "cross entropy (nats)", func(n notes.Epoch) float64 { return float64(n.Loss) }},
	} {
		all := summarise(runs, c.of)
		if !all.known() {
			continue
		}
		p := alphaPanel{title: c.title, label: c.label, all: all}
		for _, n := range runs {
			p.runs = append(p.runs, summarise([]*notes.Notes{n}, c.of))
		}
		a.panels = append(a.panels, p)
	}
	if a.grids == nil && a.panels == nil {
		return nil, fmt.Errorf("figure alpha: the notes of %s in %s are empty: %w", arm.Label, folder(s),
			evolve.ErrInvalid)
	}
	drawn, spread := "One run", "single runs thin"
	if a.shares != nil {
		spread = "with quartiles, in the lowest panels with single runs thin"
	}
	if len(runs) > 1 {
		drawn = fmt.Sprintf("Median of %s, %s", number.Count(len(runs), "run"), spread)
	}
	if a.shares != nil {
		drawn = "An edge's panel shows its candidates' probabilities. " + drawn
	}
	a.note = caption(sets, func(*trace.Set) string { return drawn })
	return a, nil
}

// read are the notes of the one algorithm that has some.
func (f alpha) read(s *trace.Set) (arm *trace.Arm, runs []*notes.Notes, err error) {
	var noted []string
	for i := range s.Arms {
		a := &s.Arms[i]
		if f.run >= len(a.Runs) {
			return nil, nil, fmt.Errorf("figure alpha: run=%d: %s of %s has runs 0 to %d: %w", f.run, a.Label,
				folder(s), len(a.Runs)-1, evolve.ErrInvalid)
		}
		var of []*notes.Notes
		for run := range a.Runs {
			if s.RunNotes == nil || f.run >= 0 && run != f.run {
				continue
			}
			n, err := s.RunNotes(a.Algo, run)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, nil, err
			}
			if err != nil || len(n.Epochs) == 0 {
				continue
			}
			if len(of) > 0 && (n.Edges != of[0].Edges || !slices.Equal(n.Ops, of[0].Ops)) {
				return nil, nil, fmt.Errorf("figure alpha: runs of %s in %s are of other supernets: %w", a.Label,
					folder(s), evolve.ErrInvalid)
			}
			of = append(of, n)
		}
		if of != nil {
			arm, runs, noted = a, of, append(noted, a.Label)
		}
	}
	switch {
	case len(noted) == 0:
		return nil, nil, fmt.Errorf("figure alpha: no run of %s trained shared weights: want one of a method of "+
			"weight sharing, such as darts on oneshot:digits: %w", folder(s), evolve.ErrInvalid)
	case len(noted) > 1:
		return nil, nil, fmt.Errorf("figure alpha: %s of %s trained shared weights, and the figure is of one: "+
			"choose it with --algo: %w", strings.Join(noted, " and "), folder(s), evolve.ErrInvalid)
	}
	return arm, runs, nil
}

// noteCurve is a number over epochs: its median over runs, with quartiles.
type noteCurve struct {
	epochs      []int
	q1, mid, q3 []float64
}

// known says whether there is a point.
func (c noteCurve) known() bool { return len(c.epochs) > 0 }

// summarise makes a curve of what runs note; epochs of which no run knows the number are left out.
func summarise(runs []*notes.Notes, of func(notes.Epoch) float64) (c noteCurve) {
	at := map[int][]float64{}
	for _, n := range runs {
		for _, e := range n.Epochs {
			if x := of(e); finite(x) {
				if at[e.Epoch] == nil {
					c.epochs = append(c.epochs, e.Epoch)
				}
				at[e.Epoch] = append(at[e.Epoch], x)
			}
		}
	}
	slices.Sort(c.epochs)
	for _, e := range c.epochs {
		xs := slices.Sorted(slices.Values(at[e]))
		c.q1, c.mid = append(c.q1, stats.Quantile(xs, .25)), append(c.mid, stats.Quantile(xs, .5))
		c.q3 = append(c.q3, stats.Quantile(xs, .75))
	}
	return c
}
