package evolve

// Claim is what a searcher promises of itself, which the conformance suite holds it to: on a benchmark its runs end
// with lower errors than those of another searcher that may spend as much or, where it needs several objectives, with
// fronts of larger hypervolumes.
type Claim struct {
	On     string  // the benchmark's spec
	By     string  // what both may spend as much of, ByTrials or BySeconds
	Budget float64 // so much of it a run
	Over   string  // the other searcher's spec
}

// What a budget is counted in. A searcher that chooses how long it trains spends as much as another in seconds alone.
const (
	ByTrials  = "trials"
	BySeconds = "seconds" // of the simulated clock, with one worker
)
