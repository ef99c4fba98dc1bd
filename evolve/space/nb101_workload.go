package space

import "github.com/amoeba-nas/amoeba/evolve"

// NB101Workload describes what training the published network of a valid genome's cell costs,
// for estimates of seconds: multiply-adds of 3×3, of 1×1 convolutions and of projections of a
// cell's input; activations written by each of the three and by max pooling, and values added
// up, all in units of 10⁹ an image; vertices of each operation, projections, and vertices.
func NB101Workload(a evolve.Arch) []float64 {
	c := nb101Tables().cells[NB101{}.Index(a)]
	g := nb101Compact(c.edges(), c.word())
	w := make([]float64, 13)
	pixels, in, out := nb101Image*nb101Image, nb101Stem, nb101Stem
	for stack := range nb101Stacks {
		if stack > 0 {
			pixels /= 4
			out *= 2
		}
		for range nb101Repeats {
			g.work(w, in, out, pixels)
			in = out
		}
	}
	for v := 1; v < g.n; v++ {
		if g.inner(v) {
			w[8+g.op[v]]++
		}
		if g.edge(0, v) {
			w[11]++
		}
	}
	w[12] = float64(g.n)
	return w
}

// work adds one cell's.
func (g *nb101Graph) work(w []float64, in, out, pixels int) {
	channels := g.channels(out)
	for v := 1; v < g.n; v++ {
		n := float64(channels[v])
		values := n * float64(pixels) / 1e9
		if g.edge(0, v) {
			w[2] += float64(float64(in) * values)
			w[5] += values
		}
		for u := 0; u < v; u++ {
			if g.edge(u, v) {
				w[7] += values
			}
		}
		switch {
		case !g.inner(v):
		case g.op[v] == nb101Conv3:
			w[0] += float64(9 * n * values)
			w[3] += values
		case g.op[v] == nb101Conv1:
			w[1] += float64(n * values)
			w[4] += values
		default:
			w[6] += values
		}
	}
}
