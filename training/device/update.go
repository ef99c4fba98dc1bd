package device

import (
	"math"

	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Update moves all weights of a network against their gradients, and makes the gradients zero for the next step. Its
// operands are whole slabs, with each tensor at a multiple of [launch.Unit] and zeros between, which stay zero. It has
// no inputs and no output.
//
// The gradients are divided by Divide and their norm, of all together, is left in the row of Results that Scalars name.
// A norm that is no finite number stops the update there: nothing moves. Else gradients are clipped to the norm Clip,
// the weights take a step of Kind, with rates from Scalars, and Average moves towards them.
type Update[T kernel.Float] struct {
	Kind    string        // sgd, adam (Kingma and Ba 2015) or adamw (Loshchilov and Hutter 2019)
	W, G    []T           // weights and gradients
	M       []T           // velocity of sgd, first moment of the others
	V       []T           // second moment; nil for sgd
	Average []T           // moving average of the weights, or nil
	Decays  []launch.Span // the weights that decay: stretches of the slab in units, in ascending order
	// Open are the weights that the update is of, stretches as Decays; nil for all. The others stay as they are, with
	// their moments and averages, and their gradients must be zero.
	Open []launch.Span
	// Rates are, for each unit of the slab, what ScalarRate and ScalarEpsilon are for all weights where Rates is nil:
	// weights that are not updated at every step count their own.
	Rates    []T
	Decay    float64 // weight decay of sgd and adam, which is added to gradients; adamw's is in Scalars
	Momentum float64 // of sgd
	Nesterov bool    // momentum in the form of Sutskever et al. 2013, as PyTorch has it
	Clip     float64 // largest norm of all gradients; 0 for any
	Keep     float64 // what a step leaves of Average
	Divide   int     // batches whose gradients are summed up in G; 0 is 1
	Scalars  []T
	Results  []float64
}

// Adam's constants (Kingma and Ba 2015, algorithm 1).
const (
	Beta1   = 0.9
	Beta2   = 0.999
	Epsilon = 1e-8
)

func (s Update[T]) Out() Size { return Size{} }

func (s Update[T]) CPU() Kernel[T] { return &update[T]{Update: s} }

type update[T kernel.Float] struct {
	forwardOnly[T]
	Update[T]
}

func (k *update[T]) Forward([]T, ...[]T) Call { return k.step }

func (k *update[T]) step() {
	square := 0.0
	for _, s := range k.open() {
		from, to := k.stretch(s)
		if n := T(k.Divide); n > 1 {
			for i := range k.G[from:to] {
				k.G[from+i] /= n
			}
		}
		for _, v := range k.G[from:to] {
			square += float64(float64(v) * float64(v))
		}
	}
	norm := math.Sqrt(square)
	k.Results[ResultCount*row(k.Scalars)+ResultNorm] = norm
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		return
	}
	scale := T(1)
	if k.Clip > 0 && norm > k.Clip {
		scale = T(k.Clip / norm)
	}
	keep, decays := T(k.Keep), k.Decays
	for _, s := range k.open() {
		at, end := k.stretch(s)
		for at < end {
			for len(decays) > 0 && int(decays[0].To)*launch.Unit <= at {
				decays = decays[1:]
			}
			to, decay := end, false
			if len(decays) > 0 {
				from, until := k.stretch(decays[0])
				if decay = from <= at; decay {
					to = min(to, until)
				} else {
					to = min(to, from)
				}
			}
			k.move(at, to, scale, decay)
			at = to
		}
		from, to := k.stretch(s)
		if k.Average != nil {
			for i, v := range k.W[from:to] {
				k.Average[from+i] = T(keep*k.Average[from+i]) + T((1-keep)*v)
			}
		}
		clear(k.G[from:to])
	}
}

// open are the stretches that are updated.
func (k *update[T]) open() []launch.Span {
	if k.Open != nil {
		return k.Open
	}
	return []launch.Span{{From: 0, To: int32(ceil(len(k.W), launch.Unit))}}
}

// stretch is the elements of a stretch.
func (k *update[T]) stretch(s launch.Span) (from, to int) {
	return int(s.From) * launch.Unit, min(int(s.To)*launch.Unit, len(k.W))
}

// move steps a stretch of the weights, unit by unit where each has a rate.
func (k *update[T]) move(from, to int, scale T, decays bool) {
	if k.Rates == nil {
		k.at(from, to, k.Scalars[ScalarRate], k.Scalars[ScalarEpsilon], scale, decays)
		return
	}
	for ; from < to; from += launch.Unit {
		rates := k.Rates[2*(from/launch.Unit):]
		k.at(from, min(from+launch.Unit, to), rates[0], rates[1], scale, decays)
	}
}

// at steps a stretch of the weights by one rate.
func (k *update[T]) at(from, to int, rate, epsilon, scale T, decays bool) {
	w, g, m := k.W[from:to], k.G[from:to], k.M[from:to]
	decay, apart := T(0), T(0)
	if decays {
		decay, apart = T(k.Decay), k.Scalars[ScalarApart]
	}
	switch k.Kind {
	case "sgd":
		sgd(w, g, m, rate, T(k.Momentum), scale, decay, k.Nesterov)
	case "adam":
		adam(w, g, m, k.V[from:to], rate, epsilon, scale, decay, 0)
	case "adamw":
		adam(w, g, m, k.V[from:to], rate, epsilon, scale, 0, apart)
	}
}

func sgd[T kernel.Float](w, g, m []T, rate, momentum, scale, decay T, nesterov bool) {
	g, m = g[:len(w)], m[:len(w)]
	for j := range w {
		d := T(g[j]*scale) + T(decay*w[j])
		m[j] = T(momentum*m[j]) + d
		if nesterov {
			d += T(momentum * m[j])
		} else {
			d = m[j]
		}
		w[j] -= T(rate * d)
	}
}

// adam takes the part of the decay that is coupled, added to the gradient, and the part that is taken from the weight
// itself.
func adam[T kernel.Float](w, g, m, v []T, step, epsilon, scale, coupled, apart T) {
	const b1, b2 = Beta1, Beta2
	g, m, v = g[:len(w)], m[:len(w)], v[:len(w)]
	for j := range w {
		d := T(g[j]*scale) + T(coupled*w[j])
		m[j] = T(b1*m[j]) + T((1-b1)*d)
		v[j] = T(b2*v[j]) + T((1-b2)*d*d)
		w[j] -= step*m[j]/(T(math.Sqrt(float64(v[j])))+epsilon) + T(apart*w[j])
	}
}

// The kinds as kernels take them.
var kinds = map[string]int32{"sgd": 0, "adam": 1, "adamw": 2}

// Launches are two: the gradients divided and their squares in parts, and the step, where every group adds up the parts
// for itself, which costs less than a launch between the two. The sum is of T, and where T is float32 a norm above
// 1.8e19 counts as no finite one.
func (s Update[T]) Launches() launch.Operation[T] {
	n := len(s.W)
	// A part has whole tiles, and few enough are there that a group adds them up in 16 rounds of its items.
	per := tile * ceil(n, tile*tile)
	parts := ceil(n, per)
	unit := launch.Unit
	keep := T(s.Keep)
	return launch.Operation[T]{
		Scratch: unit + parts,
		Constants: []T{T(max(s.Divide, 1)), T(s.Clip), keep, 1 - keep, T(s.Decay), T(s.Momentum), Beta1, 1 - Beta1,
			Beta2, 1 - Beta2},
		Forward: func(m launch.Maker[T], scratch, _ []T, _ [][]T) []launch.Launch {
			constants, sums := scratch[:unit], scratch[unit:]
			results := []launch.Span{m.ResultSpan(s.Results)}
			open := launch.None
			if s.Open != nil {
				open = m.Table(bits(s.Open, n))
			}
			j := launch.JobOf(m.At(s.W), m.At(s.G), m.At(s.M), m.At(s.V), m.At(s.Average), m.At(s.Scalars),
				m.At(constants), m.At(sums), m.Result(s.Results), m.Table(bits(s.Decays, n)), int32(n), int32(per),
				int32(parts), kinds[s.Kind], flag(s.Nesterov), open, m.At(s.Rates))
			moved := spans(m, s.W, s.G, s.M, s.V, s.Average)
			return []launch.Launch{
				{Kernel: "squares", Groups: parts, Job: j, Reads: spans(m, s.G, constants),
					Writes: spans(m, s.G, sums)},
				{Kernel: "update", Groups: ceil(n, tile), Job: j,
					Reads:  append(spans(m, s.Scalars, s.Rates, constants, sums), moved...),
					Writes: append(results, moved...)},
			}
		},
	}
}

// bits has a bit for each unit of n elements, 32 a number, that is set where a span covers the unit.
func bits(spans []launch.Span, n int) []int32 {
	b := make([]uint32, ceil(n, 32*launch.Unit))
	for _, s := range spans {
		for i := s.From; i < s.To; i++ {
			b[i/32] |= 1 << (i % 32)
		}
	}
	v := make([]int32, len(b))
	for i, u := range b {
		v[i] = int32(u)
	}
	return v
}

const updateSource = `
enum { UP_W, UP_G, UP_M, UP_V, UP_AVERAGE, UP_SCALARS, UP_CONST, UP_SUMS, UP_RESULTS, UP_DECAYS, UP_N, UP_PER, UP_PARTS,
  UP_KIND, UP_NESTEROV, UP_OPEN, UP_RATES };
// The bit of element i's unit in a table.
#define UP_BIT(table) (tables[j[table] + i / (32 * UNIT)] >> i / UNIT % 32 & 1)
enum { UC_DIVIDE, UC_CLIP, UC_KEEP, UC_REST, UC_DECAY, UC_MOMENTUM, UC_B1, UC_A1, UC_B2, UC_A2 };
KERNEL(squares) ARGS {
  BEGIN
  LOCAL T buf[WG];
  const T divide = AT(j[UP_CONST])[UC_DIVIDE];
  const int end = min(j[UP_N], (tile + 1) * j[UP_PER]);
  T v = 0;
  for (int i = tile * j[UP_PER] + l; i < end; i += WG) {
    if (j[UP_OPEN] >= 0 && !UP_BIT(UP_OPEN)) continue;
    T g = AT(j[UP_G])[i];
    if (divide > 1) AT(j[UP_G])[i] = g /= divide;
    v += g * g;
  }
  FOLD(buf, v)
  if (l == 0) AT(j[UP_SUMS])[tile] = buf[0];
}

KERNEL(update) ARGS {
  BEGIN
  LOCAL T buf[WG];
  GLOBAL const T *c = AT(j[UP_CONST]), *scalars = AT(j[UP_SCALARS]);
  T sum = 0;
  for (int i = l; i < j[UP_PARTS]; i += WG) sum += AT(j[UP_SUMS])[i];
  FOLD(buf, sum)
  const T norm = sqrt(buf[0]);
  if (tile == 0 && l == 0) AT(j[UP_RESULTS])[RESULTS * (int)scalars[SCALAR_ROW] + RESULT_NORM] = norm;
  if (!FINITE(norm)) return;
  const T scale = c[UC_CLIP] > 0 && norm > c[UC_CLIP] ? c[UC_CLIP] / norm : (T)1;
  const int end = min(j[UP_N], (tile + 1) * TILE);
  for (int i = tile * TILE + l; i < end; i += WG) {
    if (j[UP_OPEN] >= 0 && !UP_BIT(UP_OPEN)) continue;
    const int decays = UP_BIT(UP_DECAYS);
    const T rate = j[UP_RATES] >= 0 ? AT(j[UP_RATES])[i / UNIT * 2] : scalars[SCALAR_RATE];
    const T epsilon = j[UP_RATES] >= 0 ? AT(j[UP_RATES])[i / UNIT * 2 + 1] : scalars[SCALAR_EPSILON];
    GLOBAL T *m_ = AT(j[UP_M]) + i;
    T w = AT(j[UP_W])[i];
    const T g = AT(j[UP_G])[i] * scale + (decays && j[UP_KIND] < 2 ? c[UC_DECAY] : (T)0) * w;
    if (j[UP_KIND] == 0) {
      const T v = c[UC_MOMENTUM] * *m_ + g;
      *m_ = v;
      w -= rate * (j[UP_NESTEROV] ? g + c[UC_MOMENTUM] * v : v);
    } else {
      GLOBAL T *v_ = AT(j[UP_V]) + i;
      const T a = c[UC_B1] * *m_ + c[UC_A1] * g, b = c[UC_B2] * *v_ + c[UC_A2] * g * g;
      *m_ = a;
      *v_ = b;
      w -= rate * a / (sqrt(b) + epsilon) + (decays && j[UP_KIND] == 2 ? scalars[SCALAR_APART] : (T)0) * w;
    }
    AT(j[UP_W])[i] = w;
    AT(j[UP_G])[i] = 0;
    if (j[UP_AVERAGE] >= 0) AT(j[UP_AVERAGE])[i] = c[UC_KEEP] * AT(j[UP_AVERAGE])[i] + c[UC_REST] * w;
  }
}
`

func drawUpdate[T kernel.Float](d *Drawer[T]) Case[T] {
	const rows = 3
	s := Update[T]{Kind: []string{"sgd", "adam", "adamw"}[d.Rand.IntN(3)], Decay: 5e-4, Momentum: 0.9,
		Nesterov: d.one(2), Keep: 0.99, Divide: d.between(1, 3)}
	if d.one(2) {
		s.Clip = float64(d.between(1, 5))
	}
	spans, lengths, n := d.tensors()
	for _, span := range spans {
		if !d.one(3) {
			s.Decays = append(s.Decays, span)
		}
	}
	slab := func() []T { // zeros between the tensors
		v := make([]T, n)
		for i, span := range spans {
			copy(v[int(span.From)*launch.Unit:], d.values(lengths[i]))
		}
		return v
	}
	w, g, m, v, average := slab(), slab(), slab(), slab(), slab()
	for i := range v { // not near zero, where a step would be one of rounding errors
		v[i] = T(v[i]*v[i]) + 0.1
	}
	averages, own := d.one(2), d.one(3)
	rates := d.scalars(rows)
	if d.one(2) {
		s.Open = []launch.Span{}
		for i, span := range spans {
			if d.one(2) {
				s.Open = append(s.Open, span)
			} else {
				clear(g[int(span.From)*launch.Unit:][:lengths[i]])
			}
		}
	}
	if own {
		rates = make([]T, 2*ceil(n, launch.Unit))
		for i := range rates {
			rates[i] = T(d.between(1, 9)) / 100
		}
	}
	return Case[T]{Slabs: [][]T{w, g, m, v, average, d.scalars(rows), rates}, Rows: rows,
		Spec: func(slabs [][]T, results []float64) Spec[T] {
			s.W, s.G, s.M, s.Scalars, s.Results = slabs[0], slabs[1], slabs[2], slabs[5], results
			if s.Kind != "sgd" {
				s.V = slabs[3]
			}
			if averages {
				s.Average = slabs[4]
			}
			if own {
				s.Rates = slabs[6]
			}
			return s
		}}
}
