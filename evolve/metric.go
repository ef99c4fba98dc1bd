package evolve

import "math"

// Metric is what a benchmark's losses are losses of, and so how people print them. The zero
// value is accuracy.
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

// Value is a loss as it is printed: per cent of what rises to 100 %, else a plain number.
func (m Metric) Value(loss float64) float64 {
	switch m {
	case Perplexity:
		return math.Exp(loss)
	case PlainLoss:
		return loss
	case SSIM:
		return 1 - loss
	}
	return 100 * (1 - loss)
}

// Unit is what stands behind a printed value; "" for nothing.
func (m Metric) Unit() string {
	switch m {
	case Perplexity, PlainLoss, SSIM:
		return ""
	}
	return "%"
}

// Falls says whether less is better.
func (m Metric) Falls() bool { return m == Perplexity || m == PlainLoss }

// Regret is by how much a printed value is worse than another.
func (m Metric) Regret(value, best float64) float64 {
	if m.Falls() {
		return value - best
	}
	return best - value
}
