package mlp

import "testing"

// Networks that are identical have no doubt.
func TestIdenticalNetworksAgree(t *testing.T) {
	x, y := [][]float32{{0, 1}, {1, 0}, {1, 1}}, []float64{1, 2, 4}
	e := Fit(x, y, Params{Nets: 1, Depth: 2, Width: 7, Epochs: 9, Batch: 2, Rate: .1}, 1)
	for range 4 {
		e.nets = append(e.nets, e.nets[0])
	}
	mean, sd := e.Predict(x)
	for i, m := range e.Each(nil, 0, x) {
		if mean[i] != m || sd[i] != 0 {
			t.Errorf("row %d: %g ± %g, each network says %g", i, mean[i], sd[i], m)
		}
	}
}
