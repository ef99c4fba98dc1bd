package evolve

import (
	"math"
	"strings"
)

// Metric is what a benchmark's losses are losses of, and so how people print them. The zero
// value is accuracy. Besides the metrics of trained networks below, the name of any other objective that a
// search minimises first is one: of params, flops and latency:DEVICE, which are printed as they are, and of
// throughput:DEVICE, which is printed positive.
type Metric string

// The metrics. A loss is 1 − x of those that rise, which are fractions.
const (
	Accuracy   Metric = "accuracy"
	AUC        Metric = "ROC-AUC"
	MIoU       Metric = "mIoU"
	SSIM       Metric = "SSIM"
	Perplexity Metric = "perplexity" // of a loss in nats a token
	PlainLoss  Metric = "loss"       // printed as it is
)

// Name is the metric's word.
func (m Metric) Name() string {
	if m == "" {
		return string(Accuracy)
	}
	return string(m)
}

// share says that a loss is a fraction, which is printed as per cent of what is right.
func (m Metric) share() bool { return m == "" || m == Accuracy || m == AUC || m == MIoU }

// rises says of what is counted a second that more is better.
func (m Metric) rises() bool { return strings.HasPrefix(string(m), ThroughputOf) }

// Value is a loss as it is printed: per cent of what is a share, else a plain number.
func (m Metric) Value(loss float64) float64 {
	switch {
	case m.share():
		return 100 * (1 - loss)
	case m == SSIM:
		return 1 - loss
	case m == Perplexity:
		return math.Exp(loss)
	case m.rises():
		return 0 - loss
	}
	return loss
}

// Unit is what stands behind a printed value; "" for nothing.
func (m Metric) Unit() string {
	switch {
	case m.share():
		return "%"
	case strings.HasPrefix(string(m), LatencyOf):
		return UnitMS
	case m.rises():
		return UnitPerSecond
	}
	return ""
}

// Falls says whether less is better.
func (m Metric) Falls() bool { return !m.share() && m != SSIM && !m.rises() }

// Regret is by how much a printed value is worse than another.
func (m Metric) Regret(value, best float64) float64 {
	if m.Falls() {
		return value - best
	}
	return best - value
}
