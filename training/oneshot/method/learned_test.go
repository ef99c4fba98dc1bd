package method

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/internal/long"
	"github.com/amoeba-nas/amoeba/training/net"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// A study that is stopped goes on to the same answers and notes, from what a learner saves.
func TestLearnedGoesOn(t *testing.T) {
	long.Test(t)
	for _, algo := range []string{"gdas,epochs=3", "snas,epochs=3,cost=1", "drnas,epochs=3",
		"pcdarts,epochs=4,K=2,frozen=0.5", "setn,epochs=3,trials=4"} {
		whole := studied(t, tiny, algo, 0)
		s := &search{dir: t.TempDir(), stop: 2}
		if err := s.run(t, tiny, algo, 0); !errors.Is(err, context.Canceled) {
			t.Fatalf("%s: stopped with %v", algo, err)
		}
		s.stop = 0
		if err := s.run(t, tiny, algo, 0); err != nil {
			t.Fatal(err)
		}
		s.matches(t, algo, whole)
		a := s.notes(t)
		if first, last := a[0].Shares, a[len(a)-1].Shares; len(first) != 30 || slices.Equal(first, last) {
			t.Errorf("%s: the candidates' chances have not moved from %v", algo, first)
		}
	}
}

func TestLearnedRefused(t *testing.T) {
	for _, c := range []struct {
		benchmark, algo, says string
		want                  error
	}{
		{tiny, "gdas,tau=1,tau_min=2", "want a temperature that falls", evolve.ErrInvalid},
		{tiny, "snas,lambda=1,lambda_min=2", "want a temperature that falls", evolve.ErrInvalid},
		{tiny, "pcdarts", "2 channels are not a multiple of 4", evolve.ErrInvalid},
		{tiny + ",space=nasnet", "setn", "has paths and no mixtures", evolve.ErrUnsupported},
		{tiny + ",space=nasnet", "pcdarts", "has no mixtures", evolve.ErrUnsupported},
		{"train:digits", "snas", "", evolve.ErrUnsupported},
	} {
		if err := refused(t, c.benchmark, c.algo); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s on %s: %v", c.algo, c.benchmark, err)
		}
	}
}

// The candidates' costs are their parameters: of nb201 those of convolutions alone, a 3×3 one's nine times a 1×1 one's.
func TestCandidateCosts(t *testing.T) {
	s := superOf(t, "nb201")
	sum := 0.0
	for g, v := range candidateCosts(s) {
		sum += v
		want := map[string]float64{"nor_conv_1x1": 1.0 / 60, "nor_conv_3x3": 9.0 / 60}[s.Ops[g%5]]
		if math.Abs(v-want) > 1e-15 {
			t.Errorf("gate %d, %s: %v, want %v", g, s.Ops[g%5], v, want)
		}
	}
	if math.Abs(sum-1) > 1e-12 {
		t.Errorf("all candidates cost %v", sum)
	}
}

// A cost that outweighs the loss makes snas answer with candidates without parameters.
func TestSNASCost(t *testing.T) {
	s := studied(t, tiny, "snas,epochs=12,cost=1000,alpha_lr=0.1", 0)
	if found := s.outcomes[11].Found; strings.ContainsAny(string(found), "23") {
		t.Errorf("the answer %s has convolutions", found)
	}
}

// SETN scores the likeliest architectures in their order, each once.
func TestLikeliest(t *testing.T) {
	s := superOf(t, "nb201")
	r := rand.New(rand.NewPCG(4, 4))
	logits := make([]float64, 30)
	for g := range logits {
		logits[g] = r.NormFloat64()
	}
	shares := softmax(logits, 5)
	all := likeliest(s, shares)
	if first, err := genotype(s, shares); err != nil || all[0] != first {
		t.Errorf("the likeliest is %s, want %s", all[0], first)
	}
	chance := func(a evolve.Arch) float64 {
		p := 1.0
		for e := range 6 {
			p *= shares[s.Gate(e, int(a[e]-'0'))]
		}
		return p
	}
	seen := map[evolve.Arch]bool{}
	for i, a := range all {
		if seen[a] = true; i > 0 && chance(a) > chance(all[i-1])*(1+1e-9) {
			t.Fatalf("%s is likelier than %s before it", a, all[i-1])
		}
	}
	if len(seen) != space.NB201Size {
		t.Errorf("%d architectures", len(seen))
	}
}

// Scores of SETN are of the trials' places among the likeliest, and all of them differ.
func TestSETNChooses(t *testing.T) {
	s := studied(t, tiny, "setn,epochs=2,trials=6", 0)
	seen := map[evolve.Arch]bool{}
	for _, o := range s.outcomes {
		seen[o.Found] = true
	}
	if len(s.outcomes) != 6 || len(seen) != 6 || seen[""] {
		t.Errorf("%d trials found %v", len(s.outcomes), seen)
	}
}

// The gradients in the shares and in the edges' weights are those of differences of a function of the supernet's
// weights, which α and β make together.
func TestEdgeWeights(t *testing.T) {
	const h = 1e-6
	for _, name := range []string{"nb201", "darts"} {
		config := net.Config{Input: net.Shape{C: 1, H: 8, W: 8}, Classes: 10, N: 1, F: 4, Unscaled: true}
		s, err := net.Partial(name, config, 4)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(2, 9))
		p := &pcdarts{beta: make([]float64, s.Edges)}
		p.c = &oneshot.Course{Shared: &oneshot.Shared[float32]{Supernet: s}}
		p.alpha = newAlpha(s, 0.1, r)
		for g := range p.alpha.logits {
			p.alpha.logits[g] = r.NormFloat64()
		}
		for e := range p.beta {
			p.beta[e] = r.NormFloat64()
		}
		factors := make([]float64, s.Shares())
		for g := range factors {
			factors[g] = r.NormFloat64()
		}
		f := func() (sum float64) {
			for g, w := range p.weights() {
				sum += factors[g] * w * w
			}
			return sum
		}
		grads := p.weights()
		for g := range grads {
			grads[g] *= 2 * factors[g]
		}
		ofAlpha, ofBeta := p.gradients(grads)
		slope := func(x *float64) float64 {
			was := *x
			*x = was + h
			up := f()
			*x = was - h
			down := f()
			*x = was
			return (up - down) / (2 * h)
		}
		for g := range p.alpha.logits {
			if want := slope(&p.alpha.logits[g]); math.Abs(ofAlpha[g]-want) > 1e-8 {
				t.Errorf("%s: logit %d: %v, want %v", name, g, ofAlpha[g], want)
			}
		}
		for e := range p.beta {
			if want := slope(&p.beta[e]); math.Abs(ofBeta[e]-want) > 1e-8 {
				t.Errorf("%s: edge %d: %v, want %v", name, e, ofBeta[e], want)
			}
		}
		into := map[int]float64{}
		for e, w := range p.edges() {
			into[s.Node(e)] += w
		}
		for node, sum := range into {
			if math.Abs(sum-1) > 1e-12 {
				t.Errorf("%s: the edges to node %d weigh %v", name, node, sum)
			}
		}
	}
}

// In the first epochs of pcdarts the weights alone are trained.
func TestFrozen(t *testing.T) {
	n := studied(t, tiny, "pcdarts,epochs=4,K=2,frozen=0.5", 0).notes(t)
	if !slices.Equal(n[0].Shares, n[1].Shares) || slices.Equal(n[1].Shares, n[2].Shares) {
		t.Errorf("chances after each epoch: %v", n)
	}
	if n[0].Loss == n[1].Loss {
		t.Error("the weights are not trained")
	}
}

// The published settings begin, and on darts answers are cells of the space.
func TestLearnedSettings(t *testing.T) {
	long.Test(t)
	for _, algo := range []string{"gdas,preset=published", "pcdarts,preset=published,K=2"} {
		if s := studied(t, tiny, algo, 1); len(s.outcomes) != 1 || s.outcomes[0].Found == "" {
			t.Errorf("%s: %+v", algo, s.outcomes)
		}
	}
	for _, algo := range []string{"gdas,epochs=1", "setn,epochs=1,trials=2"} {
		for _, o := range studied(t, tiny+",space=darts", algo, 0).outcomes {
			if _, err := (space.DARTS{}).Canon(o.Found); err != nil {
				t.Errorf("%s: trial %d found %q: %v", algo, o.ID, o.Found, err)
			}
		}
	}
}
