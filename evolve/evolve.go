package evolve

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
)

// Sentinel errors. Others wrap them with the place where they happened.
var (
	ErrInvalid     = errors.New("invalid")     // the input breaks a rule that the message names
	ErrUnsupported = errors.New("unsupported") // a combination that has no meaning
	ErrFailed      = errors.New("failed")      // an evaluation that did not end in a loss; the study goes on
	ErrDiverged    = errors.New("diverged")    // a resumed study asked for something that its journal does not say
	ErrUnknown     = errors.New("unknown")     // a name that is not registered
)

// Arch is an architecture in its space's own compact text. It is opaque outside the
// space, immutable and comparable: map key, command-line argument, JSON value.
type Arch string

// Space is a set of architectures. What more a space can do it says by implementing
// [Mutator], [Crosser], [Neighborer], [Grower], [Enumerable], [Encoder], [Decider] or [Notation].
type Space interface {
	Name() string
	// Sample draws from the space's published initial distribution.
	Sample(*rand.Rand) Arch
	// Canon returns the representative of all genomes that mean the same network.
	// The error wraps ErrInvalid and names the rule that the genome breaks.
	Canon(Arch) (Arch, error)
}

// Mutator is a space with mutation operators. Papers define them differently, so each
// has a name; the first is the space's default.
type Mutator interface {
	Mutations() []string
	Mutation(name string) (Mutation, error)
}

// Mutation returns a child of a valid parent. It must not keep the generator.
type Mutation func(parent Arch, r *rand.Rand) Arch

// Crosser is a space with a recombination operator: the child takes each decision from
// one of its parents.
type Crosser interface {
	Cross(a, b Arch, r *rand.Rand) Arch
}

// Neighborer lists the architectures one elementary change away, in a fixed order.
type Neighborer interface {
	Neighbors(dst []Arch, a Arch) []Arch
}

// Grower is a space whose architectures grow from small ones, step by step. Grow appends to dst the
// representatives of all architectures that are one step larger than a valid one and contain it, each
// once and in a fixed order: none for the largest. Of "" it appends the smallest. Every architecture is
// in reach.
type Grower interface {
	Grow(dst []Arch, a Arch) []Arch
}

// Enumerable is a space small enough to number: Index(At(i)) == i, and At(Index(a)) is a or,
// where isomorphic genomes share a number, Canon(a).
type Enumerable interface {
	Size() int
	At(i int) Arch
	Index(Arch) int
}

// Encoder turns architectures into numbers for predictors. Encode appends to dst.
type Encoder interface {
	Encodings() []string
	Encode(dst []float64, encoding string, a Arch) ([]float64, error)
}

// Grapher is a space whose architectures are graphs of labelled nodes. Architectures that mean the same network have
// isomorphic graphs. Graphs returns a function that makes the graphs of an architecture; nil where there are none, as
// in the pool of a space without.
type Grapher interface {
	Graphs() func(Arch) ([]Graph, error)
}

// Graph is nodes in the order in which they compute: node i reads the earlier nodes whose bits are set in Reads[i].
type Graph struct {
	Labels []int // operations, -1 where a node has none
	Reads  []uint64
}

// BitLister is an Encoder that also lists which numbers of an encoding of bits are 1: few where most are 0,
// as in onehot. Ones appends their places to dst, rising. For another encoding it returns ErrUnsupported as
// it is, without words, since models ask at every trial.
type BitLister interface {
	Encoder
	Ones(dst []uint16, encoding string, a Arch) ([]uint16, error)
}

// Notation reads and prints the literature's own notation.
type Notation interface {
	Parse(text string) (Arch, error) // also accepts the compact genome
	Format(Arch) string
}

// Hasher gives the benchmark's own identifier of a valid architecture; a space without one
// is identified by the canonical genome.
type Hasher interface {
	Hash(Arch) string
}

// Finder is a Hasher that finds an architecture of an identifier: Hash(Find(Hash(a))) is Hash(a), and
// Find gives what means the same network as a. Errors wrap ErrInvalid and say what the identifiers are.
type Finder interface {
	Hasher
	Find(hash string) (Arch, error)
}

// Fidelity is a training schedule that a benchmark can answer for.
type Fidelity struct {
	Epochs int
	// Training goes on from the rung below and is charged the difference; false is a schedule of its own, charged in
	// full.
	Resumes bool
}

// Problem is what a searcher may know of a benchmark.
type Problem struct {
	Space      Space
	Objectives []Objective // Loss first, then Others; all minimised
	Fidelities []Fidelity  // rising; a proposal with Epochs 0 asks for the last
	Proxies    []Proxy     // what can be said of an architecture without training it
	Sharing    Sharing     // weights that a searcher trains itself; nil where the benchmark evaluates trials
}

// Sharing is what a benchmark of weight sharing offers searchers that train the weights themselves, see [Shares]:
// package training/oneshot has its one kind.
type Sharing interface {
	Supernet() string // the space whose architectures share the weights, as an option takes it
}

// Proxy is a training-free score of an architecture, such as a zero-cost proxy or its number
// of parameters: higher promises better. The error is of the data behind it.
type Proxy struct {
	Name  string
	Score func(Arch) (float64, error)
}

// Proposal is what a searcher asks to have evaluated.
type Proposal struct {
	Arch    Arch
	Epochs  int     // fidelity; 0 = the problem's last
	From    int     // trial whose weights to inherit; 0 = none
	Trained int     // epochs that From was trained for: where schedules resume, the difference is charged
	Parents [2]int  // trials it was bred from, for lineage; 0 = none
	Tag     int     // the searcher's own, echoed in Tell
	Known   *Result // answer with this, free of cost, instead of evaluating; nil = evaluate
}

// Trial is a numbered proposal. IDs count from 1 in the order of asking. Seed is the
// trial's own, or that of the trial that began the training which it goes on with: noise
// depends on it, never on the order of completion.
type Trial struct {
	ID int
	Proposal
	Seed uint64
}

// Result is what a searcher learns of a trial.
type Result struct {
	Loss   float64   // validation error, by the benchmark's metric; +Inf for a failed trial
	Others []float64 // further objectives, minimised
	Cost   float64   // seconds
	// Found is what the trial's architecture has become, where the trial itself decides that, as an epoch of a search
	// by gradients does; "" leaves it as proposed. A study records, scores and tells the trial with what it found.
	Found Arch
}

// Outcome is a finished trial with its place on the pool's clock (seconds).
type Outcome struct {
	Trial
	Result
	Start, End float64
	Err        error // wraps ErrFailed when the evaluation failed
}

// Score is what a benchmark reports of an architecture after its full schedule:
// validation and test error, by its metric.
type Score struct{ Val, Test float64 }

// Searcher proposes architectures. It never sees a test metric: scores are behind
// [Benchmark], which is not handed to it. Nor does it learn how far the study goes, so that a longer
// study begins as a shorter one does: what needs a number of trials takes it as an option.
type Searcher interface {
	Init(Problem, *rand.Rand) error
	// Ask fills p (given zeroed) and returns true; or false to wait for a Tell, or,
	// with nothing running, because it is done.
	Ask(p *Proposal) bool
	// Tell gives back a proposal with its result. Both are valid only during the call.
	Tell(*Trial, *Result) error
}

// Learner is a searcher that also learns from trials that it did not propose: of other fidelities, of earlier
// studies, of another searcher. Both are valid only during the call.
type Learner interface {
	Searcher
	Learn(*Trial, *Result)
}

// Recommender is a searcher with an opinion of its own on which architecture is best, where losses are noisy or the
// answer is what its model has become. Recommend says what it would have reported if the study ended now, and false
// while it has nothing to recommend. Calling it changes nothing. For all other searchers the answer is the architecture
// of the lowest loss.
type Recommender interface {
	Searcher
	Recommend() (Arch, bool)
}

// Ranker is a searcher that ranks results by something else than their loss, such as by constraints: a run answers with
// the architecture of the result that is ahead of all others. One is never behind a result that is no better in any
// objective.
type Ranker interface {
	Searcher
	Ahead(a, b *Result) bool // a ranks before b
}

// Evaluator scores a trial: the door that costs. It fills r, given zeroed. An error that
// wraps ErrFailed fails this trial; any other stops the study.
type Evaluator interface {
	Evaluate(ctx context.Context, t *Trial, r *Result) error
}

// Benchmark is an evaluator with a problem and a second door, for analysis only, that no
// searcher can reach: what would be reported for a trial's architecture.
type Benchmark interface {
	Evaluator
	Problem() Problem
	Score(*Trial) (Score, error)
	About() About
}

// About is what every table, figure and file says of the benchmark behind its numbers.
type About struct {
	Title    string    // as a figure's heading names it, data set included
	Kind     string    // table, surrogate, synthetic or training
	Metric   Metric    // of losses and scores
	Dataset  string    // "" where there is none
	Epochs   int       // that the search trains and is charged for
	Unpriced bool      // no seconds are known: every query costs 1
	Timed    bool      // measured seconds decide which trials fail: nothing is reproducible
	Told     bool      // of one that trains: a trial may have a cost of its own, which is not what it took
	Device   string    // of one that trains: which device with which driver; "" is the processor
	Abreast  bool      // of one that trains: it trains all trials in flight jointly, each for its share of the seconds
	Shared   bool      // losses are of shared weights and scores of networks trained alone: Val of a Score is no loss
	Protocol string    // of one that trains: digest of how the networks of its scores are trained; "" where they differ
	Source   string    // one phrase: where the numbers come from and what is measured, estimated or predicted
	Trained  int       // architectures whose trainings the numbers come from; 0 where none or unknown
	Hash     string    // SHA-256 of the data behind it, hexadecimal; "" where there is none
	Pinned   []Setting // options that were left open, as they were decided: they open this very benchmark again
	// The lowest errors of the space after the full schedule, each on its own; NaN where they
	// are not known.
	BestVal, BestTest float64
}

// Processor is what people call the device that is the processor.
const Processor = "cpu"

// DeviceText is what people are told of a device whose name is that of [About], or that a file keeps: files leave the
// processor's out, so that what was made before there was another device reads as the processor's.
func DeviceText(name string) string { return cmp.Or(name, Processor) }

// Training is the Kind of a benchmark whose trials take real time: its seconds are measured.
const Training = "training"

// Trains says whether seconds are measured and not computed.
func (a About) Trains() bool { return a.Kind == Training }

// Trainer is a benchmark whose trials take real time and leave files. In returns the benchmark
// as one study uses it: its trials keep in dir, a folder of the study's own, what they need to
// go on after a stop (weights by trial), and Score reads what they left there. An empty dir
// keeps nothing on disk. In itself writes nothing.
//
// A trial whose context is done returns the context's error; evaluated again over the same
// folder it goes on from there and ends as if it had never been stopped. Its Cost are the
// seconds of its epochs, those before a stop included. Val of its Score is its loss.
type Trainer interface {
	Benchmark
	// watch, which may be nil, hears of a TrialProgress for each epoch that ends, and now and then
	// within a long one, from any goroutine.
	In(dir string, watch Observer) (Benchmark, error)
}

// Stateful is a benchmark whose trials change what later trials meet, as shared weights change that are trained on.
type Stateful interface {
	Benchmark
	// Kept says after how many of the first told trials the state is kept, at most told of them: whoever goes on with a
	// stopped study drops the later ones from its journal, and they are evaluated again.
	Kept(told int) (int, error)
}

// Finisher is a benchmark whose Score may be unknown, its errors NaN, until an architecture has been trained alone.
type Finisher interface {
	Benchmark
	// Finish is the Score of the trial whose architecture is the answer of a study. It trains that architecture alone
	// where nobody has, once: what came of it is kept in the folder of the study. Where ctx is done it returns the
	// context's error, and called again it ends as if it had never been stopped.
	Finish(ctx context.Context, t *Trial) (Score, error)
}

// TrialProgress is the event that tells how far a trial's training is.
type TrialProgress struct {
	Trial              int
	Arch               Arch    // "" where weights are trained that all architectures share
	Epoch, Epochs      int     // done, of
	Part               float64 // of the next epoch that is done; 0 when one has ended
	TrainLoss, ValLoss float64 // what is minimised; the validation error by the benchmark's metric; NaN if not measured
	Seconds            float64 // of this trial so far
}

// Pool is a set of workers and their clock.
type Pool interface {
	// Size is how many trials may be at work. Wait may lower it, to 0 where no worker is left, which ends a study.
	Size() int
	// Start takes a copy of the trial. The caller never starts more than Size at once.
	Start(context.Context, *Trial) error
	// Wait returns the next outcome, valid until the next call of Start or Wait.
	Wait(context.Context) (*Outcome, error)
}

// Recorder keeps outcomes, in the order in which the study learns of them.
type Recorder interface {
	Record(*Outcome) error
}
