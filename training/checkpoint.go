package training

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/graph"
	"github.com/amoeba-nas/amoeba/training/net"
)

// A checkpoint is a file of
//
//	8 bytes   "amoebaW" and the format's version
//	4 bytes   length of the header, little-endian
//	header    JSON: Meta
//	tensors   float32, little-endian, in the header's order
//	32 bytes  SHA-256 of all before
const (
	checkpointMagic = "amoebaW\x01"
	checkpointHead  = len(checkpointMagic) + 4
)

// Meta is a checkpoint's header.
type Meta struct {
	Job
	Engine   int      `json:"engine"`
	Kernels  string   `json:"kernels"`
	Device   string   `json:"device,omitempty"` // "" is the processor
	DataHash string   `json:"data_sha256"`
	History  []Epoch  `json:"history"`
	Steps    int      `json:"steps"` // of the solver
	Tensors  []Tensor `json:"tensors"`
}

// Tensor names numbers of a checkpoint: a weight, its moments or moving average, or a batch
// norm's running statistics.
type Tensor struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

// slabs are all that a run has learned, on its device: weights, moments, average and statistics. One that the run does
// not have is nil.
func (r *Run) slabs() [][]float32 {
	return [][]float32{r.model.Values, r.solver.update.M, r.solver.update.V, r.average, r.model.Running}
}

// host are copies of the slabs.
func (r *Run) host() ([][]float32, error) {
	var all [][]float32
	for _, slab := range r.slabs() {
		var host []float32
		if slab != nil {
			host = make([]float32, len(slab))
			if err := r.dev.Download(host, slab); err != nil {
				return nil, err
			}
		}
		all = append(all, host)
	}
	return all, nil
}

// tensors names what slabs of the host hold, in the order of a checkpoint.
func (r *Run) tensors(slabs [][]float32) (list []Tensor, data [][]float32) {
	add := func(kind, name string, v []float32) {
		list, data = append(list, Tensor{kind + " " + name, len(v)}), append(data, v)
	}
	kinds := []string{"weight", "moment1", "moment2", "average"}
	parts := make([][][]float32, len(kinds))
	for k := range kinds {
		if slabs[k] != nil {
			parts[k] = r.model.Parts(slabs[k])
		}
	}
	for i, w := range r.model.Weights {
		for k, kind := range kinds {
			if parts[k] != nil {
				add(kind, w.Name, parts[k][i])
			}
		}
	}
	for i, s := range r.model.StatParts(slabs[len(kinds)]) {
		if s != nil {
			add("statistics", r.Network.Layers[i].Name, s)
		}
	}
	return list, data
}

// Save writes a checkpoint, whole or not at all and over nothing or another checkpoint: of a run between two
// epochs, which [Resume] goes on with exactly.
func (r *Run) Save(path string) error {
	text, err := r.marshal()
	if err != nil {
		return err
	}
	return checkpointKind.WriteBytes(path, text)
}

// marshal is a checkpoint's bytes. Measured seconds are not in it, so that the same training
// gives the same bytes.
func (r *Run) marshal() ([]byte, error) {
	slabs, err := r.host()
	if err != nil {
		return nil, err
	}
	list, data := r.tensors(slabs)
	m := Meta{Job: r.Job, Engine: Version, Kernels: r.dev.Name(), Device: device.Elsewhere(r.dev),
		DataHash: r.data.Set.Hash, Steps: r.solver.steps, Tensors: list}
	for _, e := range r.History {
		e.Seconds, e.ValTime = 0, 0
		m.History = append(m.History, e)
	}
	head, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString(checkpointMagic)
	b.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(head))))
	b.Write(head)
	for _, d := range data {
		for _, v := range d {
			b.Write(binary.LittleEndian.AppendUint32(b.AvailableBuffer(), math.Float32bits(v)))
		}
	}
	sum := sha256.Sum256(b.Bytes())
	b.Write(sum[:])
	return b.Bytes(), nil
}

// A weight has at most 16 bytes, with Adam's moments and a moving average; the head and the
// statistics have the rest.
const maxCheckpoint = 16*MaxParams + 1<<28

// Checkpoint is a read checkpoint.
type Checkpoint struct {
	Meta
	Path string
	data [][]float32
}

// Load reads a checkpoint and checks it against its sum and its own header.
func Load(path string) (*Checkpoint, error) {
	text, err := durable.ReadFile(path, maxCheckpoint)
	if err != nil {
		return nil, err
	}
	return parse(path, text)
}

// parse reads a checkpoint's bytes; path is for errors.
func parse(path string, text []byte) (*Checkpoint, error) {
	bad := func(format string, v ...any) (*Checkpoint, error) {
		return nil, fmt.Errorf("%s: "+format+": %w", append(append([]any{path}, v...), evolve.ErrInvalid)...)
	}
	switch {
	case len(text) < checkpointHead || string(text[:7]) != checkpointMagic[:7]:
		return bad("this is no checkpoint of amoeba: it does not begin with %q", checkpointMagic[:7])
	case text[7] != checkpointMagic[7]:
		return bad("format %d, this build reads %d", text[7], checkpointMagic[7])
	}
	n := int(binary.LittleEndian.Uint32(text[8:]))
	if n > len(text)-checkpointHead-sha256.Size {
		return bad("the file ends after %d bytes, within the header of %d: it is truncated", len(text), n)
	}
	sum := sha256.Sum256(text[:len(text)-sha256.Size])
	whole := string(sum[:]) == string(text[len(text)-sha256.Size:])
	c := &Checkpoint{Path: path}
	if err := json.Unmarshal(text[checkpointHead:checkpointHead+n], &c.Meta); err != nil {
		if whole {
			return bad("header: %v", err)
		}
		return bad("the checksum differs: the file is altered")
	}
	body := text[checkpointHead+n : len(text)-sha256.Size]
	want := 0
	for _, t := range c.Tensors {
		if t.N < 0 || t.N > len(body)/4 {
			return bad("%d bytes of numbers, and %s alone has %d: the file is truncated", len(body), t.Name, t.N)
		}
		want += 4 * t.N
	}
	if want != len(body) {
		return bad("%d bytes of numbers, the header says %d: the file is truncated or altered", len(body), want)
	}
	if !whole {
		return bad("the checksum differs: the file is altered")
	}
	for _, t := range c.Tensors {
		v := make([]float32, t.N)
		for i := range v {
			v[i] = math.Float32frombits(binary.LittleEndian.Uint32(body[4*i:]))
		}
		c.data, body = append(c.data, v), body[4*t.N:]
	}
	return c, nil
}

// restore fills a run's tensors.
func (c *Checkpoint) restore(r *Run) error {
	slabs := r.slabs()
	hosts := make([][]float32, len(slabs))
	for i, s := range slabs {
		if s != nil {
			hosts[i] = make([]float32, len(s))
		}
	}
	list, data := r.tensors(hosts)
	if len(list) != len(c.Tensors) {
		return fmt.Errorf("%s: %d tensors, the network of %s %s has %d: %w", c.Path, len(c.Tensors), r.Space, r.Arch,
			len(list), evolve.ErrInvalid)
	}
	for i, t := range list {
		if t != c.Tensors[i] {
			return fmt.Errorf("%s: tensor %d is %v, the network of %s %s has %v there: %w",
				c.Path, i, c.Tensors[i], r.Space, r.Arch, t, evolve.ErrInvalid)
		}
		copy(data[i], c.data[i])
	}
	for i, s := range slabs {
		if s != nil {
			r.dev.Upload(s, hosts[i])
		}
	}
	r.History, r.solver.steps = append([]Epoch(nil), c.History...), c.Steps
	return nil
}

// Resume makes a run of a checkpoint that goes on as if it had never stopped. It refuses one of
// another engine, other kernels or other data, whose numbers it could not go on with.
func Resume(c *Checkpoint, data *Data, dev device.Device[float32]) (*Run, error) {
	if err := c.goesOn(data, dev); err != nil {
		return nil, err
	}
	return c.Open(data, dev)
}

// goesOn refuses what [Resume] refuses.
func (c *Checkpoint) goesOn(data *Data, dev device.Device[float32]) error {
	for _, x := range []struct {
		what       string
		have, want any
	}{{"engine", c.Engine, Version}, {"kernels", c.Kernels, dev.Name()}, {"data set", c.DataHash, data.Set.Hash}} {
		if x.have != x.want {
			return fmt.Errorf("%s: was trained with %s %v, this is %v: %w",
				c.Path, x.what, x.have, x.want, evolve.ErrInvalid)
		}
	}
	return nil
}

// Open makes a run of a checkpoint, for evaluation: on any engine, and on any data of its shape.
func (c *Checkpoint) Open(data *Data, dev device.Device[float32]) (*Run, error) {
	if in, have := c.Net.Input, data.Shape(); in != have || c.Net.Classes != data.Set.Classes {
		return nil, fmt.Errorf("%s: is of %d classes of %dx%dx%d images, %s has %d of %dx%dx%d: %w", c.Path,
			c.Net.Classes, in.C, in.H, in.W, data.Set.Name, data.Set.Classes, have.C, have.H, have.W, evolve.ErrInvalid)
	}
	if _, err := c.network(); err != nil {
		return nil, err
	}
	r, err := Start(c.Job, data, dev)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Path, err)
	}
	if err := c.restore(r); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// network builds what the header says. Nothing is allocated for a network whose weights are not
// those in the file.
func (c *Checkpoint) network() (*net.Net, error) {
	n, err := net.Build(c.Space, c.Arch, c.Net)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Path, err)
	}
	have, want := 0, 0
	for _, t := range c.Tensors {
		if strings.HasPrefix(t.Name, "weight ") {
			have += t.N
		}
	}
	for i := range n.Layers {
		want += n.Sizes(i)
	}
	if have != want {
		return nil, fmt.Errorf("%s: %d weights, the network of %s %s has %d: %w",
			c.Path, have, c.Space, c.Arch, want, evolve.ErrInvalid)
	}
	return n, nil
}

// Model is the network with the weights that are evaluated: the moving average where there is one.
func (c *Checkpoint) Model() (*graph.Model[float32], error) {
	n, err := c.network()
	if err != nil {
		return nil, err
	}
	m, err := graph.NewModel(n, evolve.Stream(0, "weights"), device.CPU[float32]())
	if err != nil {
		return nil, err
	}
	have := map[Tensor][]float32{}
	for i, t := range c.Tensors {
		have[t] = c.data[i]
	}
	fill := func(dst []float32, name string, kinds ...string) error {
		for _, k := range kinds {
			if v, ok := have[Tensor{k + " " + name, len(dst)}]; ok {
				copy(dst, v)
				return nil
			}
		}
		return fmt.Errorf("%s: has no %d numbers for %s of %s %s: %w", c.Path, len(dst), name, c.Space, c.Arch,
			evolve.ErrInvalid)
	}
	for _, w := range m.Weights {
		if err := fill(w.Data, w.Name, "average", "weight"); err != nil {
			return nil, err
		}
	}
	for i, s := range m.Stats {
		if s != nil {
			if err := fill(s, n.Layers[i].Name, "statistics"); err != nil {
				return nil, err
			}
		}
	}
	return m, nil
}
