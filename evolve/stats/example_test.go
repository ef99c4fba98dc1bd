package stats_test

import (
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// Three methods on five data sets: the first two are close, the third is last everywhere.
func ExampleRanking_Groups() {
	r := stats.Friedman([][]float64{{.91, .90, .70}, {.85, .86, .60}, {.77, .75, .50}, {.93, .94, .80}, {.88, .87, .71}})
	fmt.Printf("ranks %.1f, critical difference %.2f, groups %v\n", r.Ranks, r.CD, r.Groups())
	// Output: ranks [1.4 1.6 3.0], critical difference 1.48, groups [[0 1] [1 2]]
}

// Of five runs two had not come to the target when they ended, at 100 trials.
func ExampleKaplanMeier() {
	s := stats.KaplanMeier([]stats.Lifetime{{At: 20}, {At: 35}, {At: 60}, {At: 100, Censored: true}, {At: 100, Censored: true}})
	median, _, _ := s.Median()
	mean, _ := s.RestrictedMean(100)
	fmt.Printf("half were there after %g trials; the mean up to 100 is %g\n", median, mean)
	// Output: half were there after 60 trials; the mean up to 100 is 63
}

// One run that went wrong counts for as little as one that was lucky.
func ExampleInterquartileMean() {
	fmt.Println(stats.InterquartileMean([]float64{10, 92, 93, 94, 94, 95, 96, 99}))
	// Output: 94
}
