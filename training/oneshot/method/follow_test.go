package method

import (
	"context"
	"errors"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// A trial is an epoch: it is proposed as what the last one found, and the run ends with the plan and answers with its
// last epoch.
func TestTrialsAreEpochs(t *testing.T) {
	s := studied(t, tiny, "darts,epochs=3", 0)
	if len(s.outcomes) != 3 {
		t.Fatalf("%d trials of 3 epochs", len(s.outcomes))
	}
	for i, o := range s.outcomes {
		if o.Epochs != 1 || o.Found == "" || !(o.Loss > 0 && o.Loss < 1) || !(o.Cost > 0) {
			t.Errorf("trial %d: %+v", o.ID, o)
		}
		if i > 0 && o.Proposal.Arch != s.outcomes[i-1].Found {
			t.Errorf("trial %d is proposed as %s, the one before found %s", o.ID, o.Proposal.Arch,
				s.outcomes[i-1].Found)
		}
	}
	last, ok := s.searcher.(evolve.Recommender).Recommend()
	if !ok || last != s.outcomes[2].Found {
		t.Errorf("the answer is %s, %v, want that of the last epoch, %s", last, ok, s.outcomes[2].Found)
	}
	if n := s.notes(t); len(n) != 3 || len(n[2].Shares) != 30 || !(n[0].Entropy > 1.6) || !(n[2].Loss > 0) {
		t.Errorf("the notes are %+v", n)
	}
}

// A study that is stopped, between trials and within one, goes on to the same answers and notes.
func TestFollowedGoesOn(t *testing.T) {
	for _, algo := range []string{"darts,epochs=4,order=2,eigenvalue=yes", "darts,epochs=2,select=perturbation,tune=1"} {
		whole := studied(t, tiny, algo, 0)
		s := &search{dir: t.TempDir(), stop: 1}
		if err := s.run(t, tiny, algo, 0); !errors.Is(err, context.Canceled) || len(s.outcomes) != 1 {
			t.Fatalf("stopped after %d trials with %v", len(s.outcomes), err)
		}
		s.stop, s.within = 0, 3
		if err := s.run(t, tiny, algo, 0); !errors.Is(err, context.Canceled) || len(s.outcomes) != 2 {
			t.Fatalf("stopped after %d trials with %v", len(s.outcomes), err)
		}
		s.within = 0
		if err := s.run(t, tiny, algo, 0); err != nil {
			t.Fatal(err)
		}
		s.matches(t, algo, whole)
	}
}
