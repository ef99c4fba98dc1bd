package oneshot

import (
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training"
)

// meta is the header of what a course trains, without what changes as it trains.
func (c *Course) meta() Meta {
	config := c.config
	config.Unscaled = !c.Plan.Affine
	return Meta{Supernet: c.supernet, Net: config, Data: c.data.Set.Name, DataHash: c.data.Set.Hash, Images: c.images,
		Batch: c.batch, Plan: c.Plan, Sampling: c.sampling, Shuffled: c.shuffled, Seed: c.Seed,
		Engine: training.Version, Kernels: c.device.Name()}
}

// difference is a setting that a checkpoint and a course may have different.
type difference struct {
	what       string
	have, want any
}

// same refuses a checkpoint with settings that differ.
func same(path string, rows []difference) error {
	for _, r := range rows {
		if r.have != r.want {
			return fmt.Errorf("%s: was trained with %s %v, this is %v: %w", path, r.what, r.have, r.want,
				evolve.ErrInvalid)
		}
	}
	return nil
}

// goOn makes a course what it was when a checkpoint of it was written, to train it on. Beside what restore refuses it
// refuses one of another engine or other kernels, whose numbers it could not go on with.
func (c *Course) goOn(k *checkpoint) error {
	err := same(k.path, []difference{{"engine", k.Engine, training.Version}, {"kernels", k.Kernels, c.device.Name()}})
	if err != nil {
		return err
	}
	return c.restore(k)
}

// fits refuses a checkpoint of another supernet, other images or another plan. The error wraps evolve.ErrInvalid and
// says what differs.
func (c *Course) fits(path string, have *Meta) error {
	want := c.meta()
	rows := []difference{{"space", spelled(have.Supernet), spelled(want.Supernet)}, {"N", have.Net.N, want.Net.N},
		{"F", have.Net.F, want.Net.F}, {"network", have.Net, want.Net}, {"data set", have.Data, want.Data},
		{"images of SHA-256", have.DataHash, want.DataHash}, {"images=", have.Images, want.Images},
		{"batch", have.Batch, want.Batch}, {"part of the channels", have.Plan.Part, want.Plan.Part},
		{"probes", have.Plan.Probed, want.Plan.Probed}, {"sampling", have.Sampling, want.Sampling},
		{"shuffled labels", have.Shuffled, want.Shuffled}, {"seed", have.Seed, want.Seed}}
	if err := same(path, rows); err != nil {
		return err
	}
	for _, o := range planOptions {
		if a, b := o.get(have.Plan), o.get(want.Plan); a != b {
			return fmt.Errorf("%s: was trained with %s=%s, this has %s: %w", path, o.Name, a, b, evolve.ErrInvalid)
		}
	}
	return nil
}

// slabs are all that is learned, on the device: weights, the moments of stochastic gradient descent, and statistics.
func (c *Course) slabs() [][]float32 { return [][]float32{c.Model.Values, c.update.M, c.Model.Running} }

// tensors names what slabs of the host hold, in the order of a checkpoint.
func (c *Course) tensors(slabs [][]float32) (list []Tensor, data [][]float32) {
	add := func(kind, name string, v []float32) {
		list, data = append(list, Tensor{kind + " " + name, len(v)}), append(data, v)
	}
	values, moments := c.Model.Parts(slabs[0]), c.Model.Parts(slabs[1])
	for i, w := range c.Model.Weights {
		add("weight", w.Name, values[i])
		add("moment", w.Name, moments[i])
	}
	for i, s := range c.Model.StatParts(slabs[2]) {
		if s != nil {
			add("statistics", c.Layers[i].Name, s)
		}
	}
	return list, data
}

// marshal is a checkpoint of the course as it is now.
func (c *Course) marshal(trials int, done bool, state State) ([]byte, error) {
	k := &checkpoint{Meta: c.meta(), state: state}
	k.Trials, k.Done, k.Epoch, k.Asked, k.Steps, k.Notes = trials, done, c.done, c.asked, c.steps, c.notes
	var hosts [][]float32
	for _, slab := range c.slabs() {
		host := make([]float32, len(slab))
		if err := c.device.Download(host, slab); err != nil {
			return nil, err
		}
		hosts = append(hosts, host)
	}
	k.Tensors, k.tensors = c.tensors(hosts)
	return k.marshal()
}

// restore makes a course what it was when a checkpoint of it was written, by any engine. The error wraps
// evolve.ErrInvalid.
func (c *Course) restore(k *checkpoint) error {
	if err := c.fits(k.path, &k.Meta); err != nil {
		return err
	}
	bad := func(format string, v ...any) error {
		return fmt.Errorf("%s: "+format+": %w", append(append([]any{k.path}, v...), evolve.ErrInvalid)...)
	}
	slabs := c.slabs()
	hosts := make([][]float32, len(slabs))
	for i, s := range slabs {
		hosts[i] = make([]float32, len(s))
	}
	list, data := c.tensors(hosts)
	switch {
	case len(list) != len(k.Tensors):
		return bad("%d tensors, the supernet has %d", len(k.Tensors), len(list))
	case len(k.Steps) != len(c.steps):
		return bad("counts the steps of %d weights, the supernet has %d", len(k.Steps), len(c.steps))
	case k.Epoch < 0 || k.Epoch > maxSteps/c.Steps() || k.Asked < 0:
		return bad("%d epochs and %d batches of the architecture", k.Epoch, k.Asked)
	}
	for i, t := range list {
		if t != k.Tensors[i] {
			return bad("tensor %d is %v, the supernet has %v there", i, k.Tensors[i], t)
		}
		copy(data[i], k.tensors[i])
	}
	for i, s := range slabs {
		if len(s) > 0 {
			c.device.Upload(s, hosts[i])
		}
	}
	copy(c.steps, k.Steps)
	c.done, c.asked, c.notes = k.Epoch, k.Asked, k.Notes
	c.seconds = make([]float64, k.Epoch)
	return nil
}
