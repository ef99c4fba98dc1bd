package surrogate

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// lookup is a benchmark whose every architecture has a row of numbers: what tables, pools
// and surrogates of small spaces share. A benchmark embeds it and fills it when it is opened.
type lookup struct {
	about  evolve.About
	space  Indexed
	levels []level            // rising epochs; a trial that names none gets the last
	score  []evolve.Score     // by row
	offers []evolve.Objective // besides the loss: each is a fact's
	others []objective        // those of them that are asked for
	other  []float64          // their values, row by row
	facts  []fact
	shown  []int         // row whose results row i shows; nil = its own
	each   map[int][]int // the same of the results of a shorter schedule, by its epochs, where it has its own order
	fails  bool          // a loss that is NaN is of a run that failed, a score of an architecture without others
}

// Indexed is a space that numbers the rows.
type Indexed interface {
	evolve.Space
	Index(evolve.Arch) int
	Size() int
}

// level is a schedule: loss and seconds of every row.
type level struct {
	epochs     int
	resumes    bool // goes on from the level below
	loss, cost []float64
	runs       [][]float64 // losses of each row's single runs, one of which a trial draws; nil = loss
	paid       [][]float64 // what each of them cost; nil = cost
}

// objective is a further column that a search minimises.
type objective struct {
	evolve.Objective
	column []float64
}

func (b *lookup) About() evolve.About { return b.about }

func (b *lookup) Problem() evolve.Problem {
	p := evolve.Problem{Space: b.space, Objectives: []evolve.Objective{evolve.TrainedObjective(b.about.Metric)}}
	for _, o := range b.others {
		p.Objectives = append(p.Objectives, o.Objective)
	}
	for _, l := range b.levels {
		p.Fidelities = append(p.Fidelities, evolve.Fidelity{Epochs: l.epochs, Resumes: l.resumes})
	}
	for _, f := range b.facts {
		if f.kind == proxy {
			column := sync.OnceValues(f.column)
			p.Proxies = append(p.Proxies, evolve.Proxy{Name: f.name, Score: func(a evolve.Arch) (float64, error) {
				col, err := column()
				if err != nil {
					return 0, err
				}
				return col[b.space.Index(a)], nil
			}})
		}
	}
	return p
}

func (b *lookup) Evaluate(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
	l := &b.levels[len(b.levels)-1]
	if t.Epochs != 0 && t.Epochs != l.epochs {
		var err error
		if l, err = b.level(t.Epochs); err != nil {
			return err
		}
	}
	i := b.space.Index(t.Arch)
	r.Loss, r.Cost = l.loss[i], l.cost[i]
	if l.runs != nil {
		k, _ := bits.Mul64(t.Seed, uint64(len(l.runs[i])))
		r.Loss = l.runs[i][k]
		if l.paid != nil {
			// A permutation leaves costs, of which there may be more or fewer than runs.
			k, _ = bits.Mul64(t.Seed, uint64(len(l.paid[i])))
			r.Cost = l.paid[i][k]
		}
	}
	if b.fails && (math.IsNaN(r.Loss) || b.lacks(i)) {
		return errRecorded
	}
	if t.Trained > 0 && l.resumes {
		from, err := b.level(t.Trained)
		if err != nil {
			return err
		}
		if from.epochs >= l.epochs {
			return fmt.Errorf("%s: %d epochs of what was trained for %d: %w",
				b.about.Title, l.epochs, from.epochs, evolve.ErrUnsupported)
		}
		r.Cost -= from.cost[i]
	}
	if n := len(b.others); n > 0 {
		r.Others = b.other[i*n : (i+1)*n : (i+1)*n]
	}
	return nil
}

// lacks says whether a further objective of a row is not known: of one whose full training failed, while it may have
// losses of fewer epochs, or those that a permutation shows.
func (b *lookup) lacks(i int) bool {
	n := len(b.others)
	return slices.ContainsFunc(b.other[i*n:(i+1)*n], math.IsNaN)
}

// errRecorded fails a trial.
var errRecorded = fmt.Errorf("the table has a run that failed: %w", evolve.ErrFailed)

func (b *lookup) level(epochs int) (*level, error) {
	for i := range b.levels {
		if b.levels[i].epochs == epochs {
			return &b.levels[i], nil
		}
	}
	var known []int
	for _, l := range b.levels {
		known = append(known, l.epochs)
	}
	return nil, fmt.Errorf("%s: %d epochs: this benchmark was opened with %v: %w",
		b.about.Title, epochs, known, evolve.ErrUnsupported)
}

func (b *lookup) Score(t *evolve.Trial) (evolve.Score, error) {
	return b.score[b.space.Index(t.Arch)], nil
}

// indexFact is the place of an architecture in its space, with the key by which it is found where that is
// another.
func indexFact(s evolve.Space, a evolve.Arch, i int) evolve.Fact {
	f := evolve.Fact{Name: "index", Value: float64(i), How: "of the space"}
	if key := space.Key(s, a); key != "#"+strconv.Itoa(i) {
		f.How += "; its key is " + key
	}
	return f
}

// Query lists what is known of an architecture and how.
func (b *lookup) Query(a evolve.Arch) ([]evolve.Fact, error) {
	i := b.space.Index(a)
	facts := []evolve.Fact{indexFact(b.space, a, i)}
	if _, pool := space.Base(b.space); pool {
		facts[0] = evolve.Fact{Name: "row", Value: float64(i), How: "of the pool"} // which nothing is found by
	}
	for _, f := range b.facts {
		j := i
		if f.kind == result {
			j = b.showAt(i, f.name)
		}
		col, err := f.column()
		if err != nil {
			return nil, err
		}
		if x := col[j]; !math.IsNaN(x) {
			facts = append(facts, factOf(f.name, x, f.unit, f.how(j)))
		}
	}
	return facts, nil
}

func (b *lookup) show(i int) int {
	if b.shown == nil {
		return i
	}
	return b.shown[i]
}

// showAt is show for a result by its name, which ends in its epochs where there are several schedules.
func (b *lookup) showAt(i int, name string) int {
	if epochs, err := strconv.Atoi(name[strings.LastIndexByte(name, '_')+1:]); err == nil && b.each[epochs] != nil {
		return b.each[epochs][i]
	}
	return b.show(i)
}

// permuteParam is the option that every lookup has, and eachParam that of one with several schedules. Shuffled as a
// whole, an architecture's short training still tells of its long one, and whoever looks at it first rightly wins.
var (
	permuteParam = evolve.Seed("permute", "the negative control: results shuffled over architectures, costs left")
	eachParam    = evolve.Switch("each", false, "the negative control of several fidelities: each schedule is "+
		"shuffled by itself").OnlyFor("permute=SEED and several schedules").AddedLater()
)

// finish settles what follows from the levels and scores: the permutation that was asked for,
// the best values of the space, the rows of further objectives. Every column must be full but for runs
// that failed.
func (b *lookup) finish(o evolve.Options) error {
	if note := o.Note(); note != "" {
		b.about.Source += "; " + note
	}
	b.shuffle(o)
	if err := b.aim(o); err != nil { // which reads scores of rows, whose columns a permutation leaves
		return err
	}
	n := len(b.others)
	b.other = make([]float64, n*b.space.Size())
	for k, o := range b.others {
		for i, x := range o.column {
			b.other[i*n+k] = x
		}
	}
	if b.shown != nil {
		for i := range b.levels {
			shown := b.shown
			if own := b.each[b.levels[i].epochs]; own != nil {
				shown = own
			}
			b.levels[i].loss = model.Pick(b.levels[i].loss, shown)
			if b.levels[i].runs != nil {
				b.levels[i].runs = model.Pick(b.levels[i].runs, shown)
			}
		}
		b.score = model.Pick(b.score, b.shown)
	}
	b.about.BestVal, b.about.BestTest = math.Inf(1), math.Inf(1)
	for i, s := range b.score {
		if !b.fails || !math.IsNaN(s.Val) && !b.lacks(i) {
			b.about.BestVal, b.about.BestTest = min(b.about.BestVal, s.Val), min(b.about.BestTest, s.Test)
		}
	}
	b.about.Epochs = b.levels[len(b.levels)-1].epochs
	for _, l := range b.levels {
		if i := slices.IndexFunc(l.loss, func(x float64) bool {
			return math.IsNaN(x) && !b.fails || math.IsInf(x, 0)
		}); i >= 0 {
			return fmt.Errorf("row %d has no loss at %d epochs: %w", i, l.epochs, evolve.ErrInvalid)
		}
		if i := slices.IndexFunc(l.cost, func(x float64) bool {
			return !(x > 0 || b.fails && x == 0) || math.IsInf(x, 0)
		}); i >= 0 {
			return fmt.Errorf("row %d costs %g at %d epochs, want a positive number: %w",
				i, l.cost[i], l.epochs, evolve.ErrInvalid)
		}
	}
	return nil
}

// shuffle is the permutation that the option permute asks for, nil for none. It says so in
// every output.
func shuffle(o evolve.Options, n int, about *evolve.About) []int {
	seed, ok := o.Seed("permute")
	if !ok {
		return nil
	}
	about.Source += "; NEGATIVE CONTROL: results shuffled over architectures"
	about.Title += ", shuffled (negative control)"
	return evolve.Stream(seed, "permute").Perm(n)
}

// shuffle finds the permutations that the options permute and each ask for. That of the last schedule is the same with
// and without each.
func (b *lookup) shuffle(o evolve.Options) {
	n := b.space.Size()
	if b.shown = shuffle(o, n, &b.about); b.shown == nil || len(b.levels) < 2 || !o.Yes("each") {
		return
	}
	b.about.Source += ", each schedule by itself"
	b.each = map[int][]int{}
	seed, _ := o.Seed("permute")
	for _, l := range b.levels[:len(b.levels)-1] {
		b.each[l.epochs] = evolve.Stream(seed, fmt.Sprintf("permute %d", l.epochs)).Perm(n)
	}
}

// unpriced is the cost where no seconds are known: every query is charged 1.
func (b *lookup) unpriced(n int) []float64 {
	b.about.Unpriced = true
	return ones(n)
}
