package journal

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
)

// Trial is an outcome on disk. A line of trials.jsonl and a row of trials-*.parquet are this one struct, under
// the same names; a line leaves out what is zero and which run it belongs to, as its file tells that.
type Trial struct {
	Algo    string    `json:"-" parquet:"algo,dict"`
	Label   string    `json:"-" parquet:"label,dict"`
	Run     int32     `json:"-" parquet:"run"`
	ID      int64     `json:"trial" parquet:"trial"` // counts from 1 in the order of asking
	Arch    string    `json:"arch" parquet:"arch,dict"`
	Epochs  int32     `json:"epochs,omitempty" parquet:"epochs"`   // as asked for; 0 is the benchmark's last fidelity
	From    int64     `json:"from,omitempty" parquet:"from"`       // the trial whose training it goes on with; 0: none
	Trained int32     `json:"trained,omitempty" parquet:"trained"` // epochs that From had been trained for
	Parent1 int64     `json:"parent1,omitempty" parquet:"parent1"` // the trials that it was bred from; 0 is none
	Parent2 int64     `json:"parent2,omitempty" parquet:"parent2"`
	Tag     int64     `json:"tag,omitempty" parquet:"tag"`     // the searcher's own
	Known   bool      `json:"known,omitempty" parquet:"known"` // answered from the searcher's memory, at no cost
	Seed    uint64    `json:"seed,string" parquet:"seed"`      // text in JSON, whose numbers do not hold 64 bits
	Loss    Loss      `json:"loss,omitzero" parquet:"loss"`
	Others  []float64 `json:"others,omitempty" parquet:"others,list"` // the further objectives
	Cost    float64   `json:"cost" parquet:"cost"`                    // seconds
	Start   float64   `json:"start" parquet:"start"`                  // seconds on the pool's clock
	End     float64   `json:"end" parquet:"end"`
	Error   string    `json:"error,omitempty" parquet:"error,dict"` // why the trial failed; "" where it did not
	// What the trial's architecture has become, where the trial decides that. Simulated trials do not.
	Found string `json:"found,omitempty" parquet:"-"`
}

// Loss is a recorded loss. That of a failed trial is +Inf, which JSON does not know: a line leaves it out.
type Loss float64

// IsZero says whether a line of JSON leaves the loss out.
func (l Loss) IsZero() bool { return math.IsInf(float64(l), 1) }

// unread is a trial before a line is read into it, whose loss a line may leave out.
func unread() Trial { return Trial{Loss: Loss(math.Inf(1))} }

// TrialOf is the row of an outcome. Its further objectives are those of the outcome, not a copy of them.
func TrialOf(algo, label string, run int32, o *evolve.Outcome) Trial {
	t := Trial{Algo: algo, Label: label, Run: run, ID: int64(o.ID), Arch: string(o.Arch), Epochs: int32(o.Epochs),
		From: int64(o.From), Trained: int32(o.Trained), Parent1: int64(o.Parents[0]), Parent2: int64(o.Parents[1]),
		Tag: int64(o.Tag), Known: o.Known != nil, Seed: o.Seed,
		Loss: Loss(o.Loss), Others: o.Others, Cost: o.Cost, Start: o.Start, End: o.End,
		Found: string(o.Found)}
	if o.Err != nil {
		t.Loss, t.Error = Loss(math.Inf(1)), cmp.Or(o.Err.Error(), "failed") // a row without a loss must say why
	}
	return t
}

// Same says whether two rows are equal. Two further objectives that are NaN are.
func (t *Trial) Same(u *Trial) bool {
	return t.Algo == u.Algo && t.Label == u.Label && t.Run == u.Run && t.ID == u.ID && t.Arch == u.Arch &&
		t.Epochs == u.Epochs && t.From == u.From && t.Trained == u.Trained && t.Parent1 == u.Parent1 &&
		t.Parent2 == u.Parent2 && t.Tag == u.Tag && t.Known == u.Known && t.Seed == u.Seed && t.Loss == u.Loss &&
		slices.EqualFunc(t.Others, u.Others, same) && t.Cost == u.Cost && t.Start == u.Start && t.End == u.End &&
		t.Error == u.Error && t.Found == u.Found
}

func encode(o *evolve.Outcome) ([]byte, error) {
	t := TrialOf("", "", 0, o)
	if t.Loss.IsZero() && t.Error == "" {
		return nil, fmt.Errorf("trial %d: loss %g without an error: %w", o.ID, o.Loss, evolve.ErrInvalid)
	}
	return checked.Line(t)
}

// outcome is what a row tells, provided that it tells what a trial must have. An outcome that was known has its own
// result as what was known.
func (t *Trial) outcome() (evolve.Outcome, error) {
	o := evolve.Outcome{
		Trial: evolve.Trial{ID: int(t.ID), Seed: t.Seed, Proposal: evolve.Proposal{
			Arch: evolve.Arch(t.Arch), Epochs: int(t.Epochs), From: int(t.From), Trained: int(t.Trained),
			Parents: [2]int{int(t.Parent1), int(t.Parent2)}, Tag: int(t.Tag)}},
		Result: evolve.Result{Loss: float64(t.Loss), Others: t.Others, Cost: t.Cost, Found: evolve.Arch(t.Found)},
		Start:  t.Start, End: t.End,
	}
	switch {
	case t.ID < 1 || t.Arch == "":
		return o, errors.New("no trial number or no architecture")
	case t.Loss.IsZero() == (t.Error == ""):
		return o, errors.New("want a loss or an error, one of them")
	case t.Error != "":
		o.Err = failure(t.Error)
	}
	if t.Known {
		known := o.Result
		o.Known = &known
	}
	return o, nil
}

// failure is a recorded failure: its text as written, and still an ErrFailed.
type failure string

func (f failure) Error() string        { return string(f) }
func (f failure) Is(target error) bool { return target == evolve.ErrFailed }
