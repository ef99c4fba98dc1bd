package evolve

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Objective is a number of an architecture that searches minimise. A result keeps it as a loss, which is the
// number itself, or its negative where more is better.
type Objective struct {
	Name      string // the same on every benchmark, see the names below; or a column of a user's table
	Unit      string // of its number: one of the units below, "" where it is not known
	Metric    Metric // how a loss that is a result of training is printed; of others PlainLoss or their name
	Maximised bool   // more is better: a loss is minus the number
	Exact     bool   // known of an architecture without training it: counted, computed or looked up, never predicted
	// Reference is the corner of a hypervolume, a loss that is near those of the front: of one that is worse than all
	// that can be met, nearly all is the volume of any front. Ideal is a loss that none is better than. NaN where they
	// are not known.
	Reference, Ideal float64
}

// The names of objectives that mean the same on every benchmark. A device follows the colon of the last two: the
// name of a table's column, which says the batch where there are several (titan_rtx_32).
const (
	ErrorObjective  = "error"  // share of what is wrong, 1 − accuracy or another share
	LossObjective   = "loss"   // what is minimised of a metric that is no share
	ParamsObjective = "params" // weights of the network
	FLOPsObjective  = "flops"  // multiply-adds of one input, as NAS-Bench-201 counts them
	LatencyOf       = "latency:"
	ThroughputOf    = "throughput:"
)

// MeasureNames are the names of the measures of every experiment, in figures and tables. No objective has one of them.
var MeasureNames = []string{"val", "test", "regret", "test-regret", "hypervolume", "hypervolume-gap", "igd",
	"exact-points"}

// The units of objectives.
const (
	UnitFraction  = "fraction" // 0 to 1
	UnitCount     = "count"    // a whole number
	UnitMS        = "ms"
	UnitPerSecond = "/s"
)

// TrainedObjective is the objective that training decides, judged by a metric.
func TrainedObjective(m Metric) Objective {
	if m.share() {
		return Objective{Name: ErrorObjective, Unit: UnitFraction, Metric: m, Reference: 1, Ideal: 0}
	}
	return Objective{Name: LossObjective, Metric: m, Reference: math.NaN(), Ideal: math.NaN()}
}

// NewObjective is the objective of a name, with the unit that the name has on every benchmark. What is known of
// it further is the benchmark's to say.
func NewObjective(name string) Objective {
	if name == ErrorObjective || name == LossObjective {
		return TrainedObjective(map[string]Metric{ErrorObjective: Accuracy, LossObjective: PlainLoss}[name])
	}
	o := Objective{Name: name, Metric: Metric(name), Reference: math.NaN(), Ideal: math.NaN()}
	switch {
	case name == ParamsObjective || name == FLOPsObjective:
		o.Unit, o.Exact = UnitCount, true
	case strings.HasPrefix(name, LatencyOf):
		o.Unit = UnitMS
	case strings.HasPrefix(name, ThroughputOf):
		o.Unit, o.Maximised = UnitPerSecond, true
	}
	return o
}

// Measured is the unit that a number is measured in; "" of a count, since the objective's name says of what.
func (o Objective) Measured() string {
	if o.Unit == UnitCount {
		return ""
	}
	return o.Unit
}

// Trained says whether the objective is a result of training.
func (o Objective) Trained() bool { return o.Name == ErrorObjective || o.Name == LossObjective }

// Value is the number of a loss, in the objective's unit.
func (o Objective) Value(loss float64) float64 {
	if o.Maximised {
		return 0 - loss // never −0
	}
	return loss
}

// MostReference bounds numbers that are given of an objective, such as a reference point: what is larger has
// hypervolumes that no figure has room for.
const MostReference = 1e15

// Given refuses a number of the objective, in its unit, that nothing can be compared with: the unit of a fraction, a
// count, a time and a rate has none below 0 or at it, and a fraction none above 1. The error says what would do, and
// wraps nothing.
func (o Objective) Given(x float64) error {
	switch {
	case o.Unit == UnitFraction && !(x > 0 && x <= 1):
		return errors.New("want a fraction, above 0 and at most 1")
	case o.Unit != "" && !(x > 0):
		return errors.New("want a number above 0")
	case !(math.Abs(x) <= MostReference):
		return fmt.Errorf("want a number of at most %g", float64(MostReference))
	}
	return nil
}

// Text is the number of a loss as people read it, with its unit.
func (o Objective) Text(loss float64) string {
	x := o.Value(loss)
	switch o.Unit {
	case UnitCount:
		return grouped(x)
	case UnitFraction, "":
		return fmt.Sprintf("%.4g", x)
	}
	return fmt.Sprintf("%.4g %s", x, o.Unit)
}

// grouped is a whole number with its thousands apart, 1,073,466.
func grouped(x float64) string {
	text := fmt.Sprintf("%.0f", x)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// RoundReference rounds a loss up to one significant digit, so that a reference point is read and remembered easily.
func RoundReference(loss float64) float64 {
	if loss == 0 || math.IsNaN(loss) || math.IsInf(loss, 0) {
		return loss
	}
	digits, exponent, _ := strings.Cut(strconv.FormatFloat(loss, 'e', -1, 64), "e")
	leading, err := strconv.ParseFloat(digits, 64)
	x, err2 := strconv.ParseFloat(strconv.FormatFloat(math.Ceil(leading), 'f', 0, 64)+"e"+exponent, 64)
	if errors.Join(err, err2) != nil {
		return loss // there is no such number, of the largest there are
	}
	return x
}

// ObjectiveNames are the names of objectives, in order.
func ObjectiveNames(all []Objective) []string {
	names := make([]string, len(all))
	for i, o := range all {
		names[i] = o.Name
	}
	return names
}
