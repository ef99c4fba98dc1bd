package data

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
)

// nlpRun is the log of a run. Losses are of the epochs that it lasted, NaN as null.
type nlpRun struct {
	Recipe  string     `json:"recepie"` // itself JSON
	ID      int        `json:"recepie_id"`
	Val     []*float64 `json:"val_losses"`
	Test    []*float64 `json:"test_losses"`
	Seconds []*float64 `json:"wall_times"`
	Params  float64    `json:"num_params"`
	Status  string     `json:"status"`
}

// A run's log has 6 kB.
const nlpRunMax = 64 << 10

// parse reads the archive of logs, in its order.
func (t *nlpTable) parse(b []byte) error {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	for _, file := range z.File {
		if err := t.parseRun(file); err != nil {
			return fmt.Errorf("%.80q: %w", file.Name, err)
		}
	}
	return nil
}

func (t *nlpTable) parseRun(file *zip.File) error {
	if len(t.archs) == nlpRows {
		return fmt.Errorf("there are more than %d runs", nlpRows)
	}
	in, err := file.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, nlpRunMax+1))
	if err != nil {
		return err
	}
	if len(text) > nlpRunMax {
		return fmt.Errorf("a log of more than %d bytes", nlpRunMax)
	}
	var r nlpRun
	if err := json.Unmarshal(nullNaN(text), &r); err != nil {
		return err
	}
	return t.add(&r)
}

// numbers are the row of a run: each curve to the last epoch, and the parameters.
func (r *nlpRun) numbers() ([]float64, error) {
	n := len(r.Val)
	if n < 1 || n > nlpEpochs || len(r.Test) != n || len(r.Seconds) != n {
		return nil, fmt.Errorf("%d val_losses, %d test_losses, %d wall_times: want as many of each, 1..%d",
			n, len(r.Test), len(r.Seconds), nlpEpochs)
	}
	if r.ID <= 0 || int64(r.ID) > math.MaxUint32 {
		return nil, fmt.Errorf("recepie_id %d", r.ID)
	}
	switch {
	case r.Status == nlpOK && n == nlpEpochs:
	case r.Status == nlpNaN && r.Val[n-1] == nil:
	default:
		return nil, fmt.Errorf("status %.40q after %d epochs: want %q after %d, or %q with a NaN loss in the last",
			r.Status, n, nlpOK, nlpEpochs, nlpNaN)
	}
	for e := range n {
		if ended := e == n-1 && r.Status == nlpNaN; !ended && (r.Val[e] == nil || r.Test[e] == nil) {
			return nil, fmt.Errorf("the loss of epoch %d is NaN and the run went on", e+1)
		}
		if r.Seconds[e] == nil || !(*r.Seconds[e] > 0) {
			return nil, fmt.Errorf("wall_times has no positive number for epoch %d", e+1)
		}
	}
	row := make([]float64, 0, len(nlpCurves)*nlpEpochs+1)
	for _, losses := range [][]*float64{r.Val, r.Test} {
		for e := range nlpEpochs {
			x := math.NaN()
			if e < n && losses[e] != nil {
				x = *losses[e]
			}
			row = append(row, x)
		}
	}
	sum := 0.
	for e := range nlpEpochs {
		if e < n {
			sum += *r.Seconds[e]
		}
		row = append(row, sum)
	}
	return append(row, r.Params), nil
}

// nullNaN makes the NaN that Python writes outside of strings the null that JSON has.
func nullNaN(text []byte) []byte {
	out := make([]byte, 0, len(text)+16)
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted && i+1 < len(text):
			out = append(out, c)
			i++
		case c == 'N' && !quoted && bytes.HasPrefix(text[i:], []byte("NaN")):
			out = append(out, "null"...)
			i += 2
			continue
		}
		out = append(out, text[i])
	}
	return out
}
