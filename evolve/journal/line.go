package journal

import (
	"cmp"
	"errors"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
)

// line is an outcome on disk: one JSON object a line (package checked). Seeds are text, as 64 bits do not
// fit a JSON number; a failure is text, as infinity is not JSON.
type line struct {
	ID      int         `json:"id"`
	Arch    evolve.Arch `json:"arch"`
	Epochs  int         `json:"epochs,omitempty"`
	From    int         `json:"from,omitempty"`
	Trained int         `json:"trained,omitempty"`
	Parents []int       `json:"parents,omitempty"`
	Tag     int         `json:"tag,omitempty"`
	Known   bool        `json:"known,omitempty"`
	Seed    uint64      `json:"seed,string"`
	Loss    *float64    `json:"loss,omitempty"`
	Others  []float64   `json:"others,omitempty"`
	Cost    float64     `json:"cost"`
	Start   float64     `json:"start"`
	End     float64     `json:"end"`
	Err     string      `json:"err,omitempty"`
}

func encode(o *evolve.Outcome) ([]byte, error) { return checked.Line(toLine(o)) }

func toLine(o *evolve.Outcome) line {
	l := line{ID: o.ID, Arch: o.Arch, Epochs: o.Epochs, From: o.From, Trained: o.Trained, Tag: o.Tag, Known: o.Known != nil, Seed: o.Seed,
		Others: o.Others, Cost: o.Cost, Start: o.Start, End: o.End}
	for n := 2; n > 0 && l.Parents == nil; n-- {
		if o.Parents[n-1] != 0 {
			l.Parents = o.Parents[:n]
		}
	}
	if o.Err != nil {
		l.Err = cmp.Or(o.Err.Error(), "failed") // a line without a loss must say why
	} else {
		l.Loss = &o.Loss
	}
	return l
}

// outcome is what a line says, if it says what a trial must.
func (l *line) outcome() (evolve.Outcome, error) {
	o := evolve.Outcome{
		Trial:  evolve.Trial{ID: l.ID, Proposal: evolve.Proposal{Arch: l.Arch, Epochs: l.Epochs, From: l.From, Trained: l.Trained, Tag: l.Tag}, Seed: l.Seed},
		Result: evolve.Result{Others: l.Others, Cost: l.Cost}, Start: l.Start, End: l.End,
	}
	switch {
	case l.ID < 1 || l.Arch == "":
		return o, errors.New("no trial number or no architecture")
	case (l.Loss == nil) == (l.Err == ""):
		return o, errors.New("want a loss or an err, one of them")
	case len(l.Parents) > 2:
		return o, errors.New("more than two parents")
	case l.Err != "":
		o.Err, o.Loss = failure(l.Err), math.Inf(1)
	default:
		o.Loss = *l.Loss
	}
	copy(o.Parents[:], l.Parents)
	return o, nil
}

// failure is a recorded failure: its text as written, and still an ErrFailed.
type failure string

func (f failure) Error() string        { return string(f) }
func (f failure) Is(target error) bool { return target == evolve.ErrFailed }
