package search

import (
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// What a searcher does with an architecture that it proposed before, and what counts as the same architecture.
const (
	repeatCharge = "charge"
	repeatCache  = "cache"
	repeatSkip   = "skip"

	sameGenome  = "genome"
	sameNetwork = "network"
)

// repeatParams are the options repeat and same, which mean the same in every searcher. def is the searcher's own way:
// charge where its paper evaluates again, skip where it says nothing or never repeats itself. A searcher that got
// them after its first release passes them to later.
func repeatParams(def string) []evolve.Param {
	return []evolve.Param{
		evolve.Choice("repeat", "an architecture seen before: evaluate and pay again, answer at no cost, or redraw",
			repeatCharge, repeatCache, repeatSkip).Defaulting(def),
		evolve.Choice("same", "what is seen before: the genome, or another one of the same network",
			sameGenome, sameNetwork).OnlyFor("repeat=cache and repeat=skip"),
	}
}

// skipNetworks are the two options of a searcher whose own way is to propose no network twice.
func skipNetworks() []evolve.Param {
	p := repeatParams(repeatSkip)
	p[1] = p[1].Defaulting(sameNetwork)
	return p
}

// later marks options by AddedLater.
func later(params []evolve.Param) []evolve.Param {
	for i := range params {
		params[i] = params[i].AddedLater()
	}
	return params
}

// repeatOptions reads the two options. What is the same matters to nobody who pays for everything.
func repeatOptions(o evolve.Options) (repeat, same string) {
	if repeat = o.Text("repeat"); repeat != repeatCharge {
		same = o.Text("same")
	}
	return repeat, same
}

// A memory knows which architectures a searcher proposed and, under repeat=cache, how they were answered. The zero
// value remembers nothing.
//
// A searcher that fits no model and redraws until it finds something new uses draw. One that chooses among candidates
// leaves out those that the memory has, and marks what it proposes. Both begin Ask by asking whether it is over, or
// stuck, fill Proposal.Known by recall, and call told in Tell. While an architecture is evaluated, its answer is not
// known: several workers may evaluate it twice.
type memory struct {
	repeat  string
	network bool
	space   evolve.Space
	r       *rand.Rand
	seen    seen                           // under repeat=skip, by identity
	answers map[evolve.Arch]*evolve.Result // under repeat=cache, by identity
	listed  *classes                       // of an enumerable space, once has was asked by number
	known   int                            // architectures of a space that can be counted which answers has
	chosen  int                            // all that a space's decisions allow; 0 where it lists them or has numbers
	again   int                            // answers in a row that were recalled
}

// A searcher that fits models stops when so many of its proposals in a row are answered from memory. These cost
// nothing, so that no bound but that of trials would ever end the study, and a model that learns nothing new proposes
// the same. A fit takes from a millisecond to a second, which makes a minute at most. Who proposes every third
// architecture at random (kde) finds a new one within so many, unless some hundredth of the space is all that is left.
const maxAgain = 100

// begin forgets everything. Empty words are the defaults, charge and genome.
func (m *memory) begin(searcher string, space evolve.Space, r *rand.Rand, repeat, same string) error {
	if err := checkRepeat(searcher, repeat, same); err != nil {
		return err
	}
	*m = memory{repeat: repeat, network: same == sameNetwork, space: space, r: r}
	switch repeat {
	case repeatCache:
		m.answers = map[evolve.Arch]*evolve.Result{}
		m.chosen = combinations(space)
	case repeatSkip:
		m.seen = seen{}
	}
	return nil
}

// checkRepeat refuses unknown words.
func checkRepeat(searcher, repeat, same string) error {
	if all := []string{repeatCharge, repeatCache, repeatSkip}; repeat != "" && !slices.Contains(all, repeat) {
		return evolve.Unknown(searcher+" repeat", repeat, all)
	}
	if all := []string{sameGenome, sameNetwork}; same != "" && !slices.Contains(all, same) {
		return evolve.Unknown(searcher+" same", same, all)
	}
	return nil
}

// skips says whether the searcher must not propose anything twice. Where it does not, draw, mark and has do nothing.
func (m *memory) skips() bool { return m.seen != nil }

// identity is what two architectures that count as the same have in common. A genome that its space does not know is
// like no other.
func (m *memory) identity(a evolve.Arch) evolve.Arch {
	if m.network {
		if c, err := m.space.Canon(a); err == nil {
			return c
		}
	}
	return a
}

// draw calls propose, under repeat=skip until it gives something new, which it marks. Where that fails it takes any
// new architecture: of an enumerable space the first from a random place on, so that false means the space is used
// up; of another by sampling.
func (m *memory) draw(propose func() evolve.Arch) (evolve.Arch, bool) {
	if m.seen == nil {
		return propose(), true
	}
	for range redraws {
		if a := propose(); m.mark(a) {
			return a, true
		}
	}
	return m.any()
}

// any is a new architecture from anywhere in the space, marked; false where there is none.
func (m *memory) any() (evolve.Arch, bool) {
	if e, ok := m.space.(evolve.Enumerable); ok {
		n := e.Size()
		for i, from := 0, m.r.IntN(n); i < n; i++ {
			if a := e.At((from + i) % n); m.mark(a) {
				return a, true
			}
		}
		return "", false
	}
	for range redraws {
		if a := m.space.Sample(m.r); m.mark(a) {
			return a, true
		}
	}
	return "", false
}

// mark remembers that an architecture is proposed, and says whether it is new. Without repeat=skip everything is new.
func (m *memory) mark(a evolve.Arch) bool {
	if m.seen == nil {
		return true
	}
	id := m.identity(a)
	if !m.seen.mark(id) {
		return false
	}
	if m.listed != nil {
		m.listed.mark(m.space.(evolve.Enumerable), id)
	}
	return true
}

// has says whether an architecture may not be proposed, since it was.
func (m *memory) has(a evolve.Arch) bool {
	if m.seen == nil {
		return false
	}
	_, ok := m.seen[m.identity(a)]
	return ok
}

// hasAt is has of an enumerable space's architecture by its number, for searchers that look at all of them at every
// proposal.
func (m *memory) hasAt(i int) bool {
	if m.seen == nil {
		return false
	}
	if m.listed == nil {
		m.listed = newClasses(m)
	}
	return m.listed.has(i)
}

// over says, under repeat=cache, that all architectures of a space are answered: Ask then returns false. Of a space
// that is neither listed nor a list of choices nobody knows.
func (m *memory) over() bool { return m.answers != nil && m.complete() }

func (m *memory) complete() bool {
	e, ok := m.space.(evolve.Enumerable)
	if !ok {
		return m.chosen > 0 && m.known == m.chosen
	}
	for n := e.Size(); m.known < n; m.known++ {
		if _, ok := m.answers[m.identity(e.At(m.known))]; !ok {
			return false
		}
	}
	return true
}

// combinations is how many architectures the choices of a space make that does not list them; 0 where they are not
// choices alone, or more than anybody has answers to. Where the space refuses some it is too many: no memory is over.
func combinations(s evolve.Space) int {
	d, ok := s.(evolve.Decider)
	if _, lists := s.(evolve.Enumerable); !ok || lists {
		return 0
	}
	n := 1
	for _, x := range d.Decisions() {
		if n *= x.Options; n == 0 || n > 1<<30 {
			return 0
		}
	}
	return n
}

// stuck is over of a searcher that fits models: also where it has repeated itself too often.
func (m *memory) stuck() bool { return m.again >= maxAgain || m.over() }

// recall is the answer to an architecture that was told before, for Proposal.Known; nil where it is to be evaluated.
// It and told are short, so that the compiler puts them into a search that remembers nothing.
func (m *memory) recall(a evolve.Arch) *evolve.Result {
	if m.answers == nil {
		return nil
	}
	return m.answer(a)
}

func (m *memory) answer(a evolve.Arch) *evolve.Result {
	r := m.answers[m.identity(a)]
	if m.again++; r == nil {
		m.again = 0
	}
	return r
}

// told remembers an answer.
func (m *memory) told(t *evolve.Trial, r *evolve.Result) {
	if m.answers != nil {
		m.keep(t.Arch, r)
	}
}

func (m *memory) keep(a evolve.Arch, r *evolve.Result) {
	id := m.identity(a)
	if _, ok := m.answers[id]; !ok {
		keep := *r
		keep.Others = slices.Clone(r.Others) // r is the pool's after this call
		m.answers[id] = &keep
		if m.chosen > 0 && isChosen(m.space.(evolve.Decider), id) {
			m.known++
		}
	}
}

// isChosen says whether an architecture is the one that its choices make, of several genomes alike.
func isChosen(d evolve.Decider, a evolve.Arch) bool {
	b, err := d.Choose(d.Choices(nil, a))
	return err == nil && a == b
}

// classes are the architectures of an enumerable space by their places, those that count as the same together.
type classes struct {
	of     []int32               // by place; nil where each is like no other
	number map[evolve.Arch]int32 // by identity
	marked []bool                // by number, or by place
}

// newClasses numbers the classes and marks those that a memory has.
func newClasses(m *memory) *classes {
	e := m.space.(evolve.Enumerable)
	c := &classes{marked: make([]bool, e.Size())}
	if m.network {
		c.of, c.number = make([]int32, e.Size()), map[evolve.Arch]int32{}
		for i := range c.of {
			id := m.identity(e.At(i))
			if _, ok := c.number[id]; !ok {
				c.number[id] = int32(len(c.number))
			}
			c.of[i] = c.number[id]
		}
	}
	for id := range m.seen {
		c.mark(e, id)
	}
	return c
}

// mark marks what an identity stands for. Of genomes that share a place one alone is the place's own; another one is
// not listed.
func (c *classes) mark(e evolve.Enumerable, id evolve.Arch) {
	if c.of != nil {
		if n, ok := c.number[id]; ok {
			c.marked[n] = true
		}
	} else if i := e.Index(id); i >= 0 && e.At(i) == id {
		c.marked[i] = true
	}
}

func (c *classes) has(i int) bool {
	if c.of != nil {
		i = int(c.of[i])
	}
	return c.marked[i]
}
