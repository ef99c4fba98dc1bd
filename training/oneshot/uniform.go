package oneshot

import (
	"context"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/training/device"
)

// UniformEpoch trains the next epoch, each batch along the path of an architecture that the space samples (Li and
// Talwalkar, UAI 2019, arXiv:1902.07638; Guo et al., ECCV 2020, arXiv:1904.00420), and notes its mean loss. Which
// architectures these are depends on seed, epoch and batch alone. fair trains each batch along several paths, see
// [Course.FairPaths], and adds up their gradients. Errors are as those of [Course.Epoch] and [Shared.Step].
func (c *Course) UniformEpoch(ctx context.Context, fair bool) error {
	step := c.UniformStep
	if fair {
		step = c.fairStep
	}
	return c.NotedEpoch(ctx, func(i int, b Batch, rate float64) (Result, error) {
		return step(c.Stream("path", c.Done()+1, i), b, rate)
	})
}

// UniformStep is [Shared.Step] along the path of an architecture that the space samples.
func (c *Course) UniformStep(r *rand.Rand, b Batch, rate float64) (Result, error) {
	open, err := c.Path(c.space.Sample(r))
	if err != nil {
		return Result{}, err
	}
	return c.Step(open, b, rate)
}

func (c *Course) fairStep(r *rand.Rand, b Batch, rate float64) (Result, error) {
	paths, err := c.FairPaths(r)
	if err != nil {
		return Result{}, err
	}
	return c.StepAll(paths, b, rate)
}

// FairPaths are as many paths as an edge has candidates, in which each candidate of each edge is open once: the
// candidates of every edge are put in random order, and path k takes the k-th of each. So is the strict fairness of
// Chu, Zhang and Xu, "FairNAS: Rethinking Evaluation Fairness of Weight Sharing Neural Architecture Search", ICCV 2021,
// arXiv:1907.01845, figure 4, whose step trains these paths and then moves the weights once, by the sum of their
// gradients.
//
// The paper's networks are chains. Where nodes choose among inputs, as in darts and nasnet, the edges are those of one
// architecture that the space samples, the same for all paths; none, which their samples leave out, is left out. In
// nb201 an edge whose candidate is none may cut off others, whose candidates then have no gradient in that path.
func (c *Course) FairPaths(r *rand.Rand) (paths [][]bool, err error) {
	gates, err := c.Chosen(c.space.Sample(r))
	if err != nil {
		return nil, err
	}
	var ops []int
	for op, name := range c.Ops {
		if name != "none" || c.Space == "nb201" {
			ops = append(ops, op)
		}
	}
	var orders [][]int // of the edges in use
	var edges []int
	for e := range c.Edges {
		used := false
		for op := range c.Ops {
			used = used || gates[c.Gate(e, op)]
		}
		if used {
			edges, orders = append(edges, e), append(orders, r.Perm(len(ops)))
		}
	}
	for k := range ops {
		for i, e := range edges {
			clear(gates[c.Gate(e, 0):c.Gate(e+1, 0)])
			gates[c.Gate(e, ops[orders[i][k]])] = true
		}
		paths = append(paths, c.Open(gates))
	}
	return paths, nil
}

// StepAll takes one step by the sum of a batch's gradients along several paths. The result is that of the paths
// together: the mean of their losses, the sum of their right answers. The error is as that of Step.
func (n *Shared[T]) StepAll(paths [][]bool, b Batch, rate float64) (sum Result, err error) {
	all := make([]bool, len(n.Layers))
	join := func(trains []bool) (device.Call, error) {
		for i, t := range trains {
			all[i] = all[i] || t
		}
		return n.follow(all)
	}
	add := func(r Result) {
		sum.Loss += r.Loss / float64(len(paths))
		sum.Correct += r.Correct
		sum.Norm = r.Norm
	}
	// A recorded step ends in an update of its own path's weights, or of all of these: none is used twice.
	defer func() {
		if late := n.train.forget(); err == nil {
			err = late
		}
	}()
	for k, open := range paths {
		if err := n.train.forget(); err != nil {
			return sum, err
		}
		if err := n.train.record(open, false, join); err != nil {
			n.clear(n.Model.Grads)
			return sum, err
		}
		if k == len(paths)-1 {
			r, err := n.take(b, rate)
			add(r)
			return sum, err
		}
		r, err := n.train.run(n.train.bare, b)
		if add(r); err != nil {
			n.clear(n.Model.Grads)
			return sum, err
		}
	}
	return sum, nil
}
