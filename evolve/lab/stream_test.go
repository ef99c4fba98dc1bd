package lab

import (
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// These are the streams of the first release. An experiment can be repeated only as long as they stay: an option that a
// searcher gets later is marked by AddedLater, which keeps them.
func TestStreamsStay(t *testing.T) {
	for _, c := range []struct {
		algo   string
		stream uint64
	}{
		{"regevo", 0x7748e87f23f9b237},
		{"regevo,kill=worst", 0x765beccca6ffed92},
		{"eaopt", 0xb1d62acc0ea3d8a6},
		{"random", 0xad2faa201b1e6d8d},
		{"pick", 0x9c99f7da28a1ac7b},
		{"regevo,population=100,sample=25", 0x23e9aa6071e6d3f9},
		{"regevo,mutation=nats,repeat=skip", 0xeb1912e539058c91},
		{"regevo,sample=1", 0xc373e7b8a58e177f},
		{"eaopt,population=20,crossover=0.9", 0xeca765d28171f2cd},
		{"eaopt,crossover=1,mutate=0", 0xbf0f17649484df7},
		{"random,repeats=no", 0xe8e801ec01b377e2},
		{"pick,by=params,drawn=0", 0xff3f9afaa0fc4eb0},
		// Other orders and spellings, and defaults that are written out, are the same algorithms.
		{"regevo,population=0100,sample=+25", 0x23e9aa6071e6d3f9},
		{"eaopt,crossover=0.90,population=20", 0xeca765d28171f2cd},
		{"regevo,sample=25,population=100", 0x23e9aa6071e6d3f9},
		{"random,repeats=yes", 0xad2faa201b1e6d8d},
		{"random,repeat=charge", 0xad2faa201b1e6d8d},
		{"random,repeat=skip", 0xe8e801ec01b377e2},
		{"random,repeat=skip,repeats=no,same=genome", 0xe8e801ec01b377e2},
		{"pick,drawn=0,by=params,repeat=skip", 0xff3f9afaa0fc4eb0},
		{"eaopt,repeat=charge", 0xb1d62acc0ea3d8a6},
	} {
		if arm, err := openArm(c.algo); err != nil || arm.stream != c.stream {
			t.Errorf("%s: stream %#x, %v; want %#x", c.algo, arm.stream, err, c.stream)
		}
	}
}

// The seed of a run is of the experiment's seed, the run and the algorithm.
func TestSeedsStay(t *testing.T) {
	e := &Experiment{Spec: Spec{Seed: 1}}
	for _, c := range []struct {
		algo string
		run  int
		seed uint64
	}{{"regevo", 0, 0x7e5a803bcd6524dc}, {"regevo", 1, 0xa9123c0096d20347}, {"random", 0, 0xebf11b0ea03081b5}, {"random", 499, 0xaed7231748d9f203}} {
		arm, err := openArm(c.algo)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Seed(&arm, c.run); got != c.seed {
			t.Errorf("%s, run %d: seed %#x, want %#x", c.algo, c.run, got, c.seed)
		}
	}
}

// An option that a searcher gets later moves its stream only where it is not at its default.
func TestLaterOptionKeepsStreams(t *testing.T) {
	before := evolve.Entry[evolve.Searcher]{Name: "old", Params: []evolve.Param{evolve.Int("population", 50, 1, 100, ""), evolve.Switch("replace", true, "")}}
	after := before
	after.Params = []evolve.Param{evolve.Float("a", 0.5, 0, 1, "").AddedLater(), before.Params[0],
		evolve.Nested("inner", "searcher", "random", "").AddedLater(), before.Params[1]}
	marked := after
	marked.Params = []evolve.Param{evolve.Float("a", 0.5, 0, 1, ""), before.Params[0], before.Params[1]}
	stream := func(e evolve.Entry[evolve.Searcher], text string) uint64 {
		r := evolve.NewRegistry[evolve.Searcher]("searcher")
		r.Register(e)
		s, err := evolve.ParseSpec(text)
		if err != nil {
			t.Fatal(err)
		}
		_, o, err := r.Resolve(s)
		if err != nil {
			t.Fatal(err)
		}
		return streamOf(o)
	}
	for _, c := range []struct {
		before, after string
		same          bool
	}{
		{"old", "old", true},
		{"old", "old,a=0.5", true},
		{"old", "old,inner=(random,repeats=yes)", true},
		{"old,population=20", "old,inner=random,population=20", true},
		{"old", "old,a=0.25", false},
		{"old", "old,inner=(random,repeats=no)", false},
	} {
		if same := stream(before, c.before) == stream(after, c.after); same != c.same {
			t.Errorf("%s and later %s: the same stream is %t, want %t", c.before, c.after, same, c.same)
		}
	}
	if stream(before, "old") == stream(marked, "old") {
		t.Error("an option that is not marked as later is no part of the identity")
	}
}
