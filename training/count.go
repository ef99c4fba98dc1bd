package training

import (
	"fmt"

	"github.com/amoeba-nas/amoeba/training/graph"
	"github.com/amoeba-nas/amoeba/training/net"
)

// Count is what a network takes, known without training it.
type Count struct {
	Params int `json:"params"` // without running statistics and auxiliary head
	// Multiply-adds of an image: of convolutions and the classifier, without auxiliary head.
	FLOPs int `json:"flops"`
	// The objective flops, as NAS-Bench-201 counts: FLOPs and an addition for each bias of the classifier.
	Objective int `json:"-"`
	Layers    int `json:"layers"` // cells, as --layers has them
	// Of memory, for training and evaluating with the recipe's batch, auxiliary head included.
	StepBytes int `json:"step_bytes"`
}

// Count counts a job's network, whose Net.Input and Net.Classes must be set. It reads no data and
// makes no weights, so that a network too large to train is counted as fast as a small one.
func (j *Job) Count() (Count, error) {
	n, err := net.Build(j.Space, j.Arch, j.Net)
	if err != nil {
		return Count{}, fmt.Errorf("%s %s on %s: %w", j.Space, j.Arch, j.Data, err)
	}
	bytes, err := j.stepBytes(n)
	return Count{Params: n.Params(), FLOPs: n.MACs(), Objective: n.FLOPs(), Layers: n.Cells,
		StepBytes: bytes}, err
}

// stepBytes is what [Run.Memory] would be on the processor.
func (j *Job) stepBytes(n *net.Net) (int, error) {
	train, err := graph.Planned(n, graph.Options{Batch: j.Recipe.Batch, Training: true})
	if err != nil {
		return 0, err
	}
	eval, err := graph.Planned(n, graph.Options{Batch: j.Recipe.Batch})
	return j.learned(n, kernelOrders) + train + eval, err
}
