package surrogate

import (
	"math"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// corner is a reference point: a number of each objective by its name, in its unit.
type corner map[string]float64

// corners are where hypervolumes are measured from unless an experiment says it, by benchmark and data set. Each number
// is the third quartile of the objective over the space, rounded up to one significant digit
// ([evolve.RoundReference]; of what is maximised the first quartile, rounded down). The front then lies inside, and the
// volume tells good fronts from better ones: from an error of 1 nearly all volume would be that of any front. A test
// computes them again of the tables that are at hand. Absent is what nobody here has seen: NATS-Bench's size space,
// NATS-Bench's recorded latencies, and users' files.
var corners = map[string]corner{
	"nb201:cifar10":                sized(.2, 6e5, 9e7),
	"nb201:cifar100":               sized(.5, 6e5, 9e7),
	"nb201:imagenet16":             sized(.7, 6e5, 3e7),
	"nats-tss:cifar10":             sized(.2, 6e5, 9e7), // the same cells on the same images
	"nats-tss:cifar100":            sized(.5, 6e5, 9e7),
	"nats-tss:imagenet16":          sized(.7, 6e5, 3e7),
	"nb101":                        sized(.1, 2e7, 2e9),
	"digits201":                    sized(.02, 5e4, 4e5),
	"nasnet-digits":                sized(.03, 2e5, 2e6),
	"macro":                        sized(.2, 3e6, 7e7),
	"channel:resnet":               sized(.08, 8e6, 8e8),
	"channel:mobilenet":            sized(.1, 1e6, 2e8),
	"darts":                        sized(.08, 1e6, 2e8),
	"graph:cora":                   recorded(.3, 2e6, 5),
	"graph:citeseer":               recorded(.4, 4e6, 6),
	"graph:pubmed":                 recorded(.3, 3e5, 5),
	"graph:cs":                     recorded(.2, 1e6, 20),
	"graph:physics":                recorded(.2, 3e6, 60),
	"graph:photo":                  recorded(.2, 4e5, 9),
	"graph:computers":              recorded(.2, 9e4, 6),
	"graph:arxiv":                  recorded(.3, 2e5, 80),
	"graph:proteins":               recorded(.2, 7e5, 400),
	"tnb101-micro:class_scene":     sized(.7, 2e7, 4e9),
	"tnb101-micro:class_object":    sized(.7, 2e7, 4e9),
	"tnb101-micro:room_layout":     lost(.8, 2e7, 4e9),
	"tnb101-micro:jigsaw":          sized(.3, 3e7, 3e8),
	"tnb101-micro:segmentsemantic": sized(.07, 3e7, 5e9),
	"tnb101-micro:normal":          lost(.5, 4e7, 5e9),
	"tnb101-micro:autoencoder":     lost(.6, 4e7, 5e9),
	"tnb101-macro:class_scene":     sized(.5, 2e7, 7e9),
	"tnb101-macro:class_object":    sized(.6, 2e7, 7e9),
	"tnb101-macro:room_layout":     lost(.7, 2e7, 8e9),
	"tnb101-macro:jigsaw":          sized(.08, 2e7, 5e8),
	"tnb101-macro:segmentsemantic": sized(.06, 3e7, 2e10),
	"tnb101-macro:normal":          lost(.5, 4e7, 3e10),
	"tnb101-macro:autoencoder":     lost(.6, 4e7, 3e10),
	"nlp":                          {evolve.LossObjective: 6, evolve.ParamsObjective: 3e7},
	"accel": {evolve.ErrorObjective: .5, evolve.ParamsObjective: 5e6, evolve.FLOPsObjective: 5e8,
		"latency:vck190": 6, "latency:zcu102": 9, "throughput:3090": 4000, "throughput:a100": 6000,
		"throughput:tpuv2": 400, "throughput:tpuv3": 900, "throughput:vck190": 1000, "throughput:zcu102": 200},
}

// nb201Corner are the latencies of NAS-Bench-201's cells on the devices of nb201-hw, the same for its three data sets.
var nb201Corner = corner{
	"latency:1080ti_1": 20, "latency:1080ti_32": 20, "latency:1080ti_256": 30,
	"latency:2080ti_1": 9, "latency:2080ti_32": 9, "latency:2080ti_256": 30,
	"latency:titan_rtx_1": 8, "latency:titan_rtx_32": 8, "latency:titan_rtx_256": 30,
	"latency:titanx_1": 20, "latency:titanx_32": 20, "latency:titanx_256": 30,
	"latency:titanxp_1": 20, "latency:titanxp_32": 20, "latency:titanxp_256": 30,
	"latency:gold_6226": 20, "latency:gold_6240": 20, "latency:silver_4114": 30, "latency:silver_4210r": 20,
	"latency:essential_ph_1": 20, "latency:pixel2": 20, "latency:pixel3": 20, "latency:samsung_a50": 30,
	"latency:samsung_s7": 40, "latency:raspi4": 40, "latency:eyeriss": 7, "latency:fpga": 5,
}

// sized is the corner of a benchmark that counts weights and multiply-adds of its networks.
func sized(wrong, params, flops float64) corner {
	return corner{evolve.ErrorObjective: wrong, evolve.ParamsObjective: params, evolve.FLOPsObjective: flops}
}

// lost is the corner of one whose metric is no share.
func lost(loss, params, flops float64) corner {
	return corner{evolve.LossObjective: loss, evolve.ParamsObjective: params, evolve.FLOPsObjective: flops}
}

// recorded is the corner of a benchmark that counts weights and measured milliseconds.
func recorded(wrong, params, ms float64) corner {
	return corner{evolve.ErrorObjective: wrong, evolve.ParamsObjective: params, graphLatency: ms}
}

// written is the reference point of a benchmark that is opened with these options.
func written(o evolve.Options) func(evolve.Objective) float64 {
	spec := o.Identity()
	name := strings.TrimSuffix(spec.Name+":"+spec.Variant, ":")
	return func(of evolve.Objective) float64 {
		if x, ok := corners[name][of.Name]; ok {
			return x
		}
		if x, ok := nb201Corner[of.Name]; ok && spec.Name == "nb201" {
			return x
		}
		return math.NaN()
	}
}
