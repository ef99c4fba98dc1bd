package trace

import (
	"cmp"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Rule says which trials an archive compares.
type Rule uint8

const (
	// Highest compares trials of the highest fidelity so far: one that was trained for fewer epochs never enters, and
	// one that was trained for more takes the place of all. Losses of a shorter training say little of a longer one.
	Highest Rule = iota
	// Any compares trials of all fidelities by their losses alone.
	Any
)

// Rules are the names of the rules, in their order.
var Rules = []string{"highest", "any"}

// String is the rule's name.
func (r Rule) String() string { return Rules[r] }

// Archive keeps what no outcome so far beats: with one objective the best, with several a front. An outcome beats
// another when it is no worse in any objective; of equals the first stays. Failed trials never enter. Since all that
// is undominated entered when it came, the entries of a run are enough to tell its front at any time.
type Archive struct {
	rule   Rule
	last   int  // epochs of the last fidelity, at which a proposal without epochs is trained
	shared bool // trials train shared weights, and are all of one fidelity
	others int  // objectives beside the loss
	epochs int  // the highest fidelity so far
	best   float64
	ahead  func(a, b *evolve.Result) bool // ranks results; nil is by loss
	leader evolve.Result                  // the best, where they are ranked; its loss is NaN while there is none
	leads  bool
	front  []float64 // with several objectives: loss and others of each member, one after another
}

// NewArchive returns an empty archive of outcomes of a problem.
func NewArchive(p evolve.Problem, rule Rule) *Archive {
	a := &Archive{rule: rule, shared: p.Sharing != nil, others: max(0, len(p.Objectives)-1), best: math.Inf(1)}
	if n := len(p.Fidelities); n > 0 {
		a.last = p.Fidelities[n-1].Epochs
	}
	return a
}

// RankBy makes what is ahead of all others the best, instead of what has the lowest loss: see [evolve.Ranker]. With
// several objectives it is in the front, as it is behind nothing that is no better.
func (a *Archive) RankBy(ahead func(a, b *evolve.Result) bool) {
	a.ahead, a.leader.Loss = ahead, math.NaN()
}

// better says whether an outcome ranks before the best.
func (a *Archive) better(o *evolve.Outcome) bool {
	if a.ahead == nil {
		return o.Loss < a.best
	}
	return math.IsNaN(a.leader.Loss) || a.ahead(&o.Result, &a.leader)
}

// Add shows the archive an outcome and says whether it entered.
func (a *Archive) Add(o *evolve.Outcome) bool {
	if o.Err != nil {
		return false
	}
	epochs := a.Epochs(o)
	higher := a.rule == Highest && epochs > a.epochs
	if a.rule == Highest && epochs < a.epochs || !higher && a.others == 0 && !a.better(o) {
		return false
	}
	if higher {
		a.epochs, a.best, a.front = epochs, math.Inf(1), a.front[:0]
	}
	if a.others > 0 && !a.enter(o) {
		return false
	}
	if a.leads = higher || a.better(o); a.leads {
		a.best = o.Loss
		if a.ahead != nil {
			a.leader, a.leader.Others = o.Result, slices.Clone(o.Others)
		}
	}
	return true
}

// Leads says whether the outcome that entered last has the lowest loss of all in the archive, or ranks first.
func (a *Archive) Leads() bool { return a.leads }

// Epochs are those of an outcome's fidelity. Of trials that train shared weights, by however many epochs each, there is
// one.
func (a *Archive) Epochs(o *evolve.Outcome) int {
	if a.shared {
		return a.last
	}
	return cmp.Or(o.Epochs, a.last)
}

// enter adds an outcome to the front unless a member is no worse than it in any objective, and removes the members
// that it beats.
func (a *Archive) enter(o *evolve.Outcome) bool {
	k := 1 + a.others
	for i := 0; i < len(a.front); i += k {
		if noWorse(a.front[i], a.front[i+1:i+k], o.Loss, o.Others) {
			return false
		}
	}
	kept := a.front[:0]
	for i := 0; i < len(a.front); i += k {
		if m := a.front[i : i+k]; !noWorse(o.Loss, o.Others, m[0], m[1:]) {
			kept = append(kept, m...)
		}
	}
	a.front = append(append(kept, o.Loss), o.Others[:a.others]...)
	return true
}

// noWorse says whether the objectives a are at most b in all. A NaN is worse than every number.
func noWorse(a float64, as []float64, b float64, bs []float64) bool {
	if !(a <= b) {
		return false
	}
	for i, x := range as {
		if !(x <= bs[i]) && !math.IsNaN(bs[i]) {
			return false
		}
	}
	return true
}
