package lab

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// heeded is a searcher whose recommendation becomes the incumbent of its run whenever it changes.
type heeded struct {
	evolve.Recommender
	rec *recorder
}

// heed returns an arm's searcher as a study uses it: itself, unless searchers tell their incumbents.
func (r *recorder) heed(a *Arm, s evolve.Searcher) evolve.Searcher {
	r.asks = s
	recommender, ok := s.(evolve.Recommender)
	if r.trialOf != nil && (!ok || !a.recommends(s)) {
		r.trialOf = nil // Open refuses it, but for the lowest loss where weights are shared
	}
	if r.trialOf == nil {
		return s
	}
	return heeded{recommender, r}
}

// Within is the searcher itself, which the study closes.
func (h heeded) Within() []evolve.Searcher { return []evolve.Searcher{h.Recommender} }

// Tell passes on a result and then asks what the searcher recommends.
func (h heeded) Tell(t *evolve.Trial, res *evolve.Result) error {
	if err := h.Recommender.Tell(t, res); err != nil {
		return err
	}
	if err := h.rec.heedNow(h.Recommender.Recommend()); err != nil {
		return err
	}
	if then := h.rec.then; then != nil {
		h.rec.then = nil
		then()
	}
	return nil
}

// rankerOf is a searcher that ranks results and so decides which is the best: s, or one within it, which are known once
// s has begun. It is nil where there is none.
func rankerOf(s evolve.Searcher) evolve.Ranker {
	if ranker, ok := s.(evolve.Ranker); ok {
		return ranker
	}
	if o, ok := s.(evolve.Outer); ok {
		for _, within := range o.Within() {
			if ranker := rankerOf(within); ranker != nil {
				return ranker
			}
		}
	}
	return nil
}

// remember keeps what is known of an architecture, for the case that it will be recommended. Of trials of several
// fidelities that is the latest of the highest.
func (r *recorder) remember(o *evolve.Outcome) {
	if r.now = o.End; o.Err != nil {
		return
	}
	if was, ok := r.trialOf[o.Arch]; ok && r.archive.Epochs(&was) > r.archive.Epochs(o) {
		return
	}
	kept := *o
	kept.Others, kept.Known = slices.Clone(o.Others), nil
	r.trialOf[o.Arch] = kept
}

// heedNow makes an entry of what the searcher recommends, unless it is the incumbent. Where weights are shared a later
// trial of the incumbent makes it another one, if that has trained the weights or has another loss: any has, where the
// architecture was recommended before its first trial.
func (r *recorder) heedNow(arch evolve.Arch, ok bool) error {
	if !ok {
		return nil
	}
	o, seen := r.trialOf[arch]
	again := seen && r.shared && o.ID > r.answer.ID && (o.Epochs > 0 || o.Loss != r.row.Loss)
	if string(arch) == r.row.Arch && !again {
		return nil
	}
	if !seen {
		var err error
		if o, err = r.unseen(arch); err != nil {
			return fmt.Errorf("the searcher recommends %s: %w", arch, err)
		}
	}
	return r.enter(&o, r.now, true)
}

// unseen stands for a trial of an architecture that was recommended without one. Its losses are no numbers; what would
// be reported of it is known all the same, unless that takes a training which nobody makes: where weights are shared
// an answer is trained alone at the end.
func (r *recorder) unseen(arch evolve.Arch) (o evolve.Outcome, err error) {
	if r.bench.About().Trains() && !r.shared {
		return o, fmt.Errorf("none of its trials has trained it: %w", evolve.ErrUnsupported)
	}
	if _, err := r.bench.Problem().Space.Canon(arch); err != nil {
		return o, err
	}
	o.Arch, o.Loss = arch, math.NaN()
	for range r.others {
		o.Others = append(o.Others, math.NaN())
	}
	return o, nil
}

// Recommends says whether a searcher, with its default options, recommends an architecture. One that leaves the search
// to another one does where that one does, see [Arm.Chosen].
func Recommends(e evolve.Entry[evolve.Searcher]) bool {
	s, _, err := evolve.Searchers.Open(evolve.Spec{Name: e.Name})
	_, ok := s.(evolve.Recommender)
	return err == nil && ok && e.Chooses == nil
}

// recommenders are the names of the searchers that do.
func recommenders() string {
	var names []string
	for _, e := range evolve.Searchers.Entries() {
		if Recommends(e) {
			names = append(names, e.Name)
		}
	}
	if len(names) == 0 {
		return "none of the registered searchers does yet"
	}
	return strings.Join(names, ", ")
}
