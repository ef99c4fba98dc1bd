package data

import (
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// wireField is a field of a protobuf message: its name and how it is written.
type wireField struct {
	name string
	wire protowire.Type
}

// The messages ModelMetrics and EvaluationData of the official files, by field number.
var (
	nb101MetricsFields = []wireField{
		1: {"evaluation_data", protowire.BytesType},
		2: {"trainable_parameters", protowire.VarintType},
		3: {"total_time", protowire.Fixed64Type},
	}
	nb101EvalFields = []wireField{
		1: {"current_epoch", protowire.Fixed64Type},
		2: {"training_time", protowire.Fixed64Type},
		3: {"train_accuracy", protowire.Fixed64Type},
		4: {"validation_accuracy", protowire.Fixed64Type},
		5: {"test_accuracy", protowire.Fixed64Type},
		6: {"checkpoint_path", protowire.BytesType},
	}
)

// eachField calls f for every field of a message that fields knows, with the number that
// a numeric field holds or the bytes of another. Other fields are skipped.
func eachField(b []byte, fields []wireField, f func(i int, number uint64, bytes []byte) error) error {
	for at := 0; at < len(b); {
		num, wire, n := protowire.ConsumeTag(b[at:])
		if n < 0 {
			return fmt.Errorf("byte %d: no protobuf field: %v", at, protowire.ParseError(n))
		}
		value := b[at+n:]
		known := int(num) < len(fields)
		if known && wire != fields[num].wire {
			return fmt.Errorf("byte %d: %s has wire type %d, want %d", at, fields[num].name, wire, fields[num].wire)
		}
		size := protowire.ConsumeFieldValue(num, wire, value)
		if size < 0 {
			return fmt.Errorf("byte %d: the value of field %d is broken: %v", at, num, protowire.ParseError(size))
		}
		at += n + size
		if !known {
			continue
		}
		var number uint64
		var bytes []byte
		switch wire {
		case protowire.VarintType:
			number, _ = protowire.ConsumeVarint(value)
		case protowire.Fixed64Type:
			number, _ = protowire.ConsumeFixed64(value)
		default:
			bytes, _ = protowire.ConsumeBytes(value)
		}
		if err := f(int(num), number, bytes); err != nil {
			return fmt.Errorf("%s: %w", fields[num].name, err)
		}
	}
	return nil
}

// parseMetrics reads a ModelMetrics message.
func (r *NB101Record) parseMetrics(b []byte) error {
	evals := 0
	err := eachField(b, nb101MetricsFields, func(i int, number uint64, bytes []byte) error {
		switch i {
		case 1:
			if evals == len(r.Evals) {
				return fmt.Errorf("more than %d entries, want exactly %[1]d", len(r.Evals))
			}
			evals++
			// The entry of step 0 need not be complete, as it is of no use.
			if err := r.Evals[evals-1].parse(bytes, evals > 1); err != nil {
				return fmt.Errorf("entry %d: %w", evals-1, err)
			}
		case 2:
			if number < 1 || number > math.MaxInt32 { // an int32 below 0 is a huge uint64
				return fmt.Errorf("%d, want 1..%d", int64(number), math.MaxInt32)
			}
			r.Params = int(number)
		case 3:
			r.Total = math.Float64frombits(number)
			return wantSeconds(r.Total)
		}
		return nil
	})
	switch {
	case err != nil:
	case evals != len(r.Evals):
		err = fmt.Errorf("evaluation_data has %d entries, want exactly %d", evals, len(r.Evals))
	case r.Params == 0:
		err = errors.New("trainable_parameters is missing")
	}
	if err != nil {
		return fmt.Errorf("raw_metrics: %w", err)
	}
	return nil
}

// parse reads an EvaluationData message; complete asks for its seconds and accuracies. A
// field that is there twice counts the last time, as in every protobuf message.
func (e *NB101Eval) parse(b []byte, complete bool) error {
	var seen [6]bool
	err := eachField(b, nb101EvalFields, func(i int, number uint64, _ []byte) error {
		if i == 6 {
			return nil
		}
		seen[i] = true
		x := math.Float64frombits(number)
		// A mean of ones in float32 may come out a unit in the last place above 1. Only the
		// training accuracy comes that high.
		most := 1.0
		switch i {
		case 1:
			e.Epoch = x
			if !(x >= 0 && x <= math.MaxFloat32) {
				return fmt.Errorf("%v, want a number of epochs", x)
			}
			return nil
		case 2:
			e.TrainSeconds = x
			return wantSeconds(x)
		case 3:
			e.TrainAcc, most = x, 1+1e-6
		case 4:
			e.ValAcc = x
		case 5:
			e.TestAcc = x
		}
		if !(x >= 0 && x <= most) {
			return fmt.Errorf("%v, want a fraction 0..1", x)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := 2; complete && i < len(seen); i++ {
		if !seen[i] {
			return fmt.Errorf("%s is missing", nb101EvalFields[i].name)
		}
	}
	return nil
}

// wantSeconds refuses what float32 columns could not hold, NaN included.
func wantSeconds(x float64) error {
	if !(x >= 0 && x <= math.MaxFloat32) {
		return fmt.Errorf("%v, want a number of seconds", x)
	}
	return nil
}
