package method

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/adam"
	"github.com/amoeba-nas/amoeba/evolve/lstm"
	"github.com/amoeba-nas/amoeba/evolve/notes"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// enas is Pham, Guan, Zoph, Le and Dean, "Efficient Neural Architecture Search via Parameter Sharing", ICML 2018,
// arXiv:1802.03268, section 2.2. An epoch has two phases. In the first an LSTM writes an architecture for each training
// batch, and the weights take a step along its path. In the second the LSTM learns by REINFORCE: the reward of an
// architecture is the accuracy of its path on a single validation batch. The answer is the best of some architectures
// that the LSTM writes, all judged by one and the same validation batch: by accuracy, then by cross entropy.
//
// Presets. micro is the paper's search of cells, as melodyguan/enas, scripts/cifar10_micro_search.sh and
// src/cifar10/micro_controller.py have it; its bias towards separable convolutions is of nasnet's operations alone.
// published is ENAS on NAS-Bench-201, as D-X-Y/AutoDL-Projects, exps/NATS-algos/search-cell.py has it. small has fewer
// steps, and a higher rate of the LSTM by as much. Schedules are counted in steps: after so many training batches there
// were so many steps of the LSTM (round, updates), however many batches an epoch has.
//
// Where this departs: each input of a block is chosen by a softmax, whose options grow with the blocks, in the place of
// attention over what the LSTM said after each block, and a token follows the token before it, where the code feeds the
// first input again at each block. The baseline of the code of NAS-Bench-201 stays that of the last epoch, and for its
// answers every architecture has a batch of its own, of 512 images; here neither is so. The code of the micro search
// turns its rate once an epoch, here it turns with each step; its drop path and auxiliary heads are left out.
type enas struct {
	controller lstm.Params // but for its kinds
	learning
	tanh, reduce   float64 // bound of the logits, and what that of operations is divided by
	micro          bool    // favours separable convolutions of nasnet, and the baseline begins as 0
	updates, round int     // so many steps of the LSTM for each round of training batches; round 0 is an epoch
	restart        int     // training batches before the first restart of the rate; 0 for no restarts
	answers        int     // architectures that one is chosen of

	trained
	p     *policy
	seen  []float64 // by gate: how many of the epoch's judged architectures have the candidate
	drawn int       // such architectures
	spent float64   // entropy of their tokens, the sum of the means
}

// The plans of ENAS. NAS-Bench-201 searches 200 epochs of 25,000 images in batches of 64, the micro search 150 of
// 45,000 in batches of 160. TensorFlow's penalty of 1e-4·w² is a decay of 2e-4; what should clip its gradients does not
// (src/utils.py).
const (
	natsRound  = 391
	microRound = 282
)

var (
	enasSmall = oneshot.Plan{Epochs: smallEpochs, LR: 0.1, Momentum: 0.9, WeightDecay: 5e-4, Clip: 5, Nesterov: true}
	enasNATS  = oneshot.Plan{Steps: 200 * natsRound, LR: 0.025, LRMin: 0.001, Momentum: 0.9, WeightDecay: 5e-4,
		Nesterov: true, Closed: oneshot.Drift, Split: oneshot.SplitHalf}
	enasMicro = oneshot.Plan{Steps: 150 * microRound, LR: 0.05, LRMin: 0.0005, Momentum: 0.9, WeightDecay: 2e-4,
		Nesterov: true, Closed: oneshot.Drift, Affine: true}
)

// presetMicro is a third preset of ENAS.
const presetMicro = "micro"

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name: "enas",
		Doc: "ENAS: an LSTM writes paths of a supernet and learns from their accuracy on single batches; a trial is " +
			"an epoch",
		Paper:  "Pham, Guan, Zoph, Le and Dean, ICML 2018, arXiv:1802.03268",
		Params: enasParams(),
		Serial: true,
		Needs:  func(evolve.Options) evolve.Needs { return evolve.Shares | evolve.Decides | evolve.Finite },
		New:    followed("enas", oneshot.PlanOf, func(o evolve.Options) (learner, error) { return newENAS(o), nil }),
	})
}

func enasParams() []evolve.Param {
	params, micro := oneshot.PlanParams(enasSmall, enasNATS), oneshot.PlanParams(enasSmall, enasMicro)
	params[0].Choices = append(params[0].Choices, presetMicro)
	params[0].Doc = "small: settings for small images and short epochs; published: those of NAS-Bench-201; micro: " +
		"the paper's for nasnet"
	for i := range params[1:] {
		params[1+i].Presets[presetMicro] = micro[1+i].Presets["published"]
	}
	by := func(p evolve.Param, small, published, micro string) evolve.Param {
		p = preset(p, small, published)
		p.Presets[presetMicro] = micro
		return p
	}
	return append(params,
		by(evolve.Int("layers", 1, 1, 8, "of the LSTM"), "1", "2", "1"),
		by(evolve.Int("units", 1, 1, 1024, "of each of its layers"), "32", "32", "64"),
		by(evolve.Float("controller_lr", 0, 1e-6, 1, "rate of learning of the LSTM; small raises the published one by "+
			"as much as it takes fewer steps").Logarithmic(), "0.01", "0.001", "0.0035"),
		by(evolve.Float("temperature", 0, 0.01, 100, "that logits are divided by").Logarithmic(), "5", "5", "1"),
		by(evolve.Float("tanh", 0, 0, 100, "t of the logits t·tanh(z), which bounds them; 0 leaves them as they are"),
			"2.5", "2.5", "1.1"),
		by(evolve.Float("op_reduce", 0, 0.01, 100, "that the bound is divided by for operations where there are "+
			"inputs too").Logarithmic(), "1", "1", "2.5"),
		by(evolve.Int("updates", 1, 1, 100000, "steps of the LSTM in a round"), "20", "50", "30"),
		by(evolve.Int("round", 0, 0, 100000, "training batches of a round; 0 is an epoch"), "0",
			strconv.Itoa(natsRound), strconv.Itoa(microRound)),
		by(evolve.Int("aggregate", 1, 1, 1000, "architectures of a step of the LSTM"), "10", "20", "10"),
		by(evolve.Float("entropy", 0, 0, 10, "weight of the entropy in the reward"), "0.0001", "0.0001", "0.0001"),
		by(evolve.Float("baseline", 0, 0, 1, "how much of the mean reward stays with each new one"),
			"0.99", "0.99", "0.99"),
		by(evolve.Int("answers", 1, 1, 10000, "architectures that an epoch's answer is the best of"),
			"100", "100", "10"),
		by(evolve.Int("restart", 0, 0, 1<<30, "training batches before the weights' rate begins anew, then twice as "+
			"many each time; 0 never"), "0", "0", strconv.Itoa(10*microRound)),
	)
}

// newENAS reads the options, which were checked.
func newENAS(o evolve.Options) *enas {
	real := func(name string) float64 { return meantFloat(o, name) }
	whole := func(name string) int { return meantInt(o, name) }
	e := &enas{tanh: real("tanh"), reduce: real("op_reduce"), updates: whole("updates"), round: whole("round"),
		restart: whole("restart"), answers: whole("answers"), micro: o.Text("preset") == presetMicro}
	// Both codes draw all weights from ±0.1.
	e.controller = lstm.Params{Layers: whole("layers"), Units: whole("units"), Temperature: real("temperature"),
		Range: 0.1}
	e.learning = learning{aggregate: whole("aggregate"), entropy: real("entropy"), keeps: real("baseline"),
		zero: e.micro, Options: enasAdam[o.Text("preset")]}
	e.learning.Rate = real("controller_lr")
	return e
}

// enasAdam are the settings of Adam by presets: TensorFlow's code (src/utils.py) takes no mean of gradients, NAS-Bench-
// 201's the one of its α; both add 1e-3. Their clipping at 5 is far above what such gradients measure.
var enasAdam = map[string]adam.Options{
	"small":     {Beta1: 0.5, Epsilon: 1e-3, Clip: 5},
	"published": {Beta1: 0.5, Epsilon: 1e-3, Clip: 5},
	presetMicro: {Beta1: -1, Epsilon: 1e-3},
}

func (e *enas) begin(c *oneshot.Course) error {
	w, err := e.writer(c.Cells(), c.Ops, c.Stream("controller"))
	if err != nil {
		return err
	}
	e.c, e.p = c, newPolicy(w, e.learning)
	return nil
}

// writer makes the LSTM of a space, whose supernet has these operations.
func (e *enas) writer(s evolve.Space, ops []string, r *rand.Rand) (*lstm.Writer, error) {
	of, ok := s.(evolve.Decider)
	if !ok {
		return nil, fmt.Errorf("%s is no list of decisions: %w", s.Name(), evolve.ErrUnsupported)
	}
	kinds, tokens, err := lstm.KindsOf(of)
	if err != nil {
		return nil, err
	}
	for i, d := range of.Decisions() {
		k := &kinds[tokens[i].Kind]
		if k.Squash = e.tanh; lstm.KindName(d.Name) != "op" {
			continue
		}
		k.Squash /= e.reduce
		if e.micro && s.Name() == "nasnet" {
			k.Start, tokens[i].Bias = favour(ops, strings.HasPrefix(d.Name, "normal."))
		}
	}
	p := e.controller
	p.Kinds = kinds
	return lstm.NewWriter(of, p, tokens, r), nil
}

// favour is what the biases of nasnet's operations begin as, and what is added and not learned, in the order of the
// space's options. The micro search favours separable convolutions by 10 at first, which tanh bounds, and in the normal
// cell by 0.25 for good, where other operations lose as much.
func favour(ops []string, normal bool) (start, fixed []float64) {
	for _, name := range space.NASNetOps { // whose order the options have
		if !slices.Contains(ops, name) {
			continue
		}
		first, always := 0.0, -0.25
		if name == "sep_conv_3x3" || name == "sep_conv_5x5" {
			first, always = 10, 0.25
		}
		if !normal {
			always = 0
		}
		start, fixed = append(start, first), append(fixed, always)
	}
	return start, fixed
}

func (e *enas) epoch(ctx context.Context) error {
	epoch, steps := e.c.Done()+1, e.c.Steps()
	e.seen, e.drawn, e.spent = nil, 0, 0
	r := e.c.Stream("paths", epoch)
	err := e.train(ctx, func(i int, b oneshot.Batch, rate float64) (oneshot.Result, error) {
		if e.restart > 0 {
			rate = restarted(e.c.Plan, (epoch-1)*steps+i, e.restart)
		}
		a, err := e.p.Write(r)
		if err != nil {
			return oneshot.Result{}, err
		}
		open, err := e.c.Path(a)
		if err != nil {
			return oneshot.Result{}, err
		}
		return e.c.Step(open, b, rate)
	})
	if err != nil {
		return err
	}
	r = e.c.Stream("rewards", epoch)
	for range e.due(epoch*steps) - e.due((epoch-1)*steps) {
		err := e.p.learn(r, func(a evolve.Arch) (float64, error) {
			correct, _, err := e.ask(ctx, a, e.c.Val())
			return correct, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// due is how many steps the LSTM has taken after so many training batches.
func (e *enas) due(batches int) int {
	if e.round > 0 {
		return batches * e.updates / e.round
	}
	return batches / e.c.Steps() * e.updates
}

// restarted is the rate at a step where the cosine begins anew after first steps, and then after twice as many each
// time (Loshchilov and Hutter 2017, arXiv:1608.03983, section 3).
func restarted(p oneshot.Plan, step, first int) float64 {
	for step >= first {
		step -= first
		first *= 2
	}
	return p.Rate(step, first)
}

// ask is the accuracy and the cross entropy of the architecture that the controller has just written on a batch, and
// counts it.
func (e *enas) ask(ctx context.Context, a evolve.Arch, b oneshot.Batch) (correct, loss float64, err error) {
	if err := ctx.Err(); err != nil {
		return 0, 0, err
	}
	gates, err := e.c.Chosen(a)
	if err != nil {
		return 0, 0, err
	}
	got, err := e.c.Answer(e.c.Open(gates), b)
	if e.seen == nil {
		e.seen = make([]float64, e.c.Edges*len(e.c.Ops))
	}
	for g := range e.seen {
		if gates[g] {
			e.seen[g]++
		}
	}
	e.drawn++
	e.spent += e.p.Entropy() / float64(e.p.Len())
	return float64(got.Correct) / float64(len(b.Y)), got.Loss, err
}

func (e *enas) answer(ctx context.Context) (best evolve.Arch, err error) {
	b, r := e.c.Val(), e.c.Stream("answer", e.c.Done())
	var most, least float64
	for i := range e.answers {
		a, err := e.p.Write(r)
		if err != nil {
			return "", err
		}
		correct, loss, err := e.ask(ctx, a, b)
		if err != nil {
			return "", err
		}
		if i == 0 || correct > most || correct == most && loss < least {
			best, most, least = a, correct, loss
		}
	}
	return best, nil
}

// shares are how many of the architectures that were judged in this epoch have each candidate.
func (e *enas) shares() []float64 {
	shares := make([]float64, len(e.seen))
	for g, n := range e.seen {
		shares[g] = n / float64(e.drawn)
	}
	return shares
}

// note says how open the tokens of these architectures were.
func (e *enas) note(n *notes.Epoch) {
	e.trained.note(n)
	n.Entropy = number.Nullable(e.spent / float64(e.drawn))
}

func (e *enas) save() oneshot.State { return e.p.save() }

func (e *enas) load(s oneshot.State) error { return e.p.load(s) }
