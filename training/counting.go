package training

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/sheet"
	"github.com/amoeba-nas/amoeba/training/net"
)

// ImageNet is a data set for counts alone: 1000 classes, and images of a side that is chosen.
const ImageNet = "imagenet"

// The stem of most ImageNet networks of nasnet, in channels of its first convolution, and the side of the images of the
// mobile ones (Zoph et al. 2018, section 3.2).
const (
	ImageNetStem = 32
	ImageNetSide = 224
)

// Countable are the names of the data sets whose images have a known shape.
func Countable() []string { return append(images.Names(), ImageNet) }

// Counting says which network to count. A field that is zero is not said: a published cell is then counted in
// the network of its paper, as far as that was seen, and another architecture as train trains it.
type Counting struct {
	Space    string
	Arch     evolve.Arch
	Cell     string     // published name of the architecture; "" for none
	Data     string     // "" for cifar10 of a published cell, digits of another
	Skeleton string     // one of net.Skeletons
	Net      net.Config // N, F, Layers, Stem, Aux and DropPath
	Side     int        // of ImageNet's images
	Recipe   Recipe     // Batch and Solver, which memory depends on
}

// Counted are the counts of a network, as count prints them with --json.
type Counted struct {
	Arch     string      `json:"arch"` // in the literature's notation
	Genome   evolve.Arch `json:"genome"`
	Space    string      `json:"space"`
	Cell     string      `json:"cell,omitempty"` // the published cell that was given by its name
	Data     string      `json:"data"`
	Side     int         `json:"side,omitempty"` // of ImageNet's images
	Skeleton string      `json:"skeleton,omitempty"`
	Stem     int         `json:"stem,omitempty"`
	N        int         `json:"n,omitempty"` // 0 where the layers were given
	F        int         `json:"f"`
	Batch    int         `json:"batch"`
	Count
	Moving    int         `json:"moving_statistics"` // of batch norms; they are not among the parameters
	Objective int         `json:"objective_flops"`   // what benchmarks call flops: Count.Objective
	Published []Published `json:"published,omitempty"`

	input   net.Shape
	classes int
}

// Published is a published figure of the network that was counted.
type Published struct {
	Params string `json:"params"`
	FLOPs  string `json:"flops,omitempty"`
	Source string `json:"source"`
	Here   string `json:"here"` // our counts, in as many digits as were printed
	Gap    string `json:"gap,omitempty"`
}

// network settles what was not said. It returns ErrUnsupported for a network without an ImageNet stem on ImageNet, and
// ErrUnknown for a data set or a skeleton that is not known.
func (c *Counting) network() (n net.Config, err error) {
	if c.Data == "" {
		c.Data = "digits"
		if c.Cell != "" {
			c.Data = "cifar10"
		}
	}
	onImageNet := c.Data == ImageNet
	n = net.Config{N: 1, F: 8}
	figure := false // n is the network of a published figure
	if c.Cell != "" {
		n, figure = net.Published(c.Cell, onImageNet, c.Net.N, c.Net.F)
	}
	if c.Skeleton != "" {
		if n.Skeleton, err = net.SkeletonOf(c.Skeleton); err != nil {
			return n, err
		}
	}
	if onImageNet {
		if !net.Chained(c.Space) || n.Skeleton != net.SkeletonTF {
			return n, fmt.Errorf("--data %s: networks of the skeleton %s alone have an ImageNet stem: want "+
				"--skeleton %[2]s and a cell of nasnet or darts: %w",
				ImageNet, net.SkeletonTF, evolve.ErrUnsupported)
		}
		side := ImageNetSide
		if figure {
			side = n.Input.H
		} else {
			n.Stem = ImageNetStem
		}
		n.Stem, c.Side = cmp.Or(c.Net.Stem, n.Stem), cmp.Or(c.Side, side)
		n.Input, n.Classes = net.Shape{C: 3, H: c.Side, W: c.Side}, 1000
	} else {
		info, err := images.Lookup(c.Data)
		if err != nil {
			return n, evolve.Unknown("data set to count on", c.Data, Countable())
		}
		n.Input, n.Classes = net.Shape{C: info.C, H: info.H, W: info.W}, info.Classes
	}
	if c.Cell == "" {
		n.F = DefaultF(n.Input)
	}
	if c.Net.N > 0 {
		n.N, n.Layers = c.Net.N, 0
	}
	n.Layers, n.F = cmp.Or(c.Net.Layers, n.Layers), cmp.Or(c.Net.F, n.F)
	n.Aux, n.DropPath = c.Net.Aux, c.Net.DropPath
	return n, nil
}

// DefaultF is the number of channels of the first cells, where nobody chooses one: 16 for images larger than 8 x 8.
func DefaultF(input net.Shape) int {
	if min(input.H, input.W) > 8 {
		return 16
	}
	return 8
}

// Count counts the network without training it, and compares it with the published figures of the same network. arch is
// the architecture in the literature's notation. No data file is read.
func (c Counting) Count(arch string) (*Counted, error) {
	config, err := c.network()
	if err != nil {
		return nil, err
	}
	if err := c.Recipe.Check(); err != nil {
		return nil, err
	}
	r := &Counted{
		Arch: arch, Genome: c.Arch, Space: c.Space, Cell: c.Cell, Data: c.Data, Side: c.Side, Stem: config.Stem,
		N: config.N, F: config.F, Batch: c.Recipe.Batch, input: config.Input, classes: config.Classes,
	}
	if net.Chained(c.Space) {
		r.Skeleton = cmp.Or(config.Skeleton, net.SkeletonDARTS)
	}
	if config.Layers > 0 {
		r.N = 0
	}
	job := Job{Space: c.Space, Arch: c.Arch, Net: config, Data: c.Data, Recipe: c.Recipe}
	if r.Count, err = job.Count(); err != nil {
		return nil, err
	}
	n, err := net.Build(c.Space, c.Arch, config)
	if err != nil {
		return nil, err
	}
	r.Moving, r.Objective = n.Moving(), r.Count.Objective
	return r, r.compare(n, config)
}

// compare adds the published figures of a network: those of the same cell, input and counts.
func (r *Counted) compare(n *net.Net, c net.Config) error {
	if r.Cell == "" {
		return nil
	}
	for _, f := range net.Figures(r.Cell) {
		if f.Net.Input != c.Input || f.Net.Classes != c.Classes {
			continue
		}
		its, err := net.Build(r.Space, r.Genome, f.Net)
		if err != nil {
			return err
		}
		if its.Cells != n.Cells || its.Params() != n.Params() || its.MACs() != n.MACs() {
			continue
		}
		params, macs := f.Count(n)
		p := Published{Params: f.Params, FLOPs: f.MACs, Source: f.Source, Here: net.Printed(params, f.Params),
			Gap: f.Gap}
		if f.Moving {
			p.Here += " with moving statistics"
		}
		if f.MACs != "" {
			p.Here += ", " + net.Printed(macs, f.MACs)
		}
		r.Published = append(r.Published, p)
	}
	return nil
}

// Sheet lays the counts out as a page.
func (r *Counted) Sheet() *sheet.Sheet {
	p := new(sheet.Sheet)
	p.Paragraph(r.Space+" ", 2, r.Arch)
	var how []string
	if r.Cell != "" {
		how = append(how, r.Cell)
	}
	if r.Skeleton != "" {
		how = append(how, "skeleton "+r.Skeleton)
	}
	if r.N > 0 {
		how = append(how, fmt.Sprintf("N=%d", r.N))
	}
	how = append(how, fmt.Sprintf("F=%d", r.F))
	if r.Stem > 0 {
		how = append(how, fmt.Sprintf("stem %d", r.Stem))
	}
	p.Line("%s; %s: %dx%dx%d images, %d classes", strings.Join(how, ", "), r.Data, r.input.C, r.input.H, r.input.W,
		r.classes)
	p.Line("params      %s, and %s moving statistics", number.Grouped(r.Params), number.Grouped(r.Moving))
	p.Line("flops       %s multiply-adds an image; the objective flops is %s, with the classifier's biases",
		number.Grouped(r.FLOPs), number.Grouped(r.Objective))
	p.Line("layers      %d cells", r.Layers)
	p.Line("step_bytes  %s at a batch of %d, %.1f MiB",
		number.Grouped(r.StepBytes), r.Batch, float64(r.StepBytes)/(1<<20))
	for _, f := range r.Published {
		figure := f.Params + " parameters"
		if f.FLOPs != "" {
			figure += ", " + f.FLOPs + " multiply-adds"
		}
		line := fmt.Sprintf("published   %s (%s); here %s", figure, f.Source, f.Here)
		if f.Gap != "" {
			line += ": " + f.Gap
		}
		p.Line("%s", line)
	}
	return p
}
