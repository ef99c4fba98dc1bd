package search_test

import (
	"context"
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/search"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/surrogate"
)

// Regularized evolution on the simulated search of the paper's appendix.
func ExampleRegEvo() {
	bits := &surrogate.Bits{Length: 20, Noise: .01, Cost: 60}
	found := &best{loss: 1}
	study := evolve.Study{
		Problem:  bits.Problem(),
		Searcher: &search.RegEvo{Population: 20, Sample: 5},
		Pool:     evolve.Simulate(bits, 4),
		Recorder: found,
		Trials:   500,
		Seed:     1,
	}
	sum, err := study.Run(context.Background())
	if err != nil {
		panic(err)
	}
	fmt.Printf("%d trials in %g simulated seconds; %s has %d ones\n", sum.Trials, sum.End, found.arch, space.Ones(found.arch))
	// Output: 500 trials in 7500 simulated seconds; 11111111111111111111 has 20 ones
}

// A searcher by name, as the command line opens it.
func ExampleRandom() {
	spec, err := evolve.ParseSpec("random,repeats=no")
	if err != nil {
		panic(err)
	}
	s, _, err := evolve.Searchers.Open(spec)
	if err != nil {
		panic(err)
	}
	if err := s.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(1, "search")); err != nil {
		panic(err)
	}
	var p evolve.Proposal
	for range 3 {
		s.Ask(&p)
		fmt.Println(space.NB201{}.Format(p.Arch))
	}
	// Output:
	// |none~0|+|nor_conv_3x3~0|none~1|+|avg_pool_3x3~0|nor_conv_3x3~1|avg_pool_3x3~2|
	// |nor_conv_3x3~0|+|none~0|none~1|+|none~0|nor_conv_3x3~1|none~2|
	// |none~0|+|nor_conv_3x3~0|skip_connect~1|+|nor_conv_3x3~0|skip_connect~1|avg_pool_3x3~2|
}
