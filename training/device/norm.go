package device

import (
	"math"

	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// BatchNorm normalises channels over pixels and batch (Ioffe and Szegedy 2015). Its weights
// are scale and shift, or none. Stats, [2][C], are the running mean and variance; they are
// read instead of the batch's own unless Training.
type BatchNorm[T kernel.Float] struct {
	In                Size
	Momentum, Epsilon float64
	Training          bool
	Stats             []T
}

func (s BatchNorm[T]) Out() Size { return s.In }

func (s BatchNorm[T]) CPU() Kernel[T] { return newNorm(s) }

func (s BatchNorm[T]) Launches() launch.Operation[T] { return launch.Operation[T]{} }

type norm[T kernel.Float] struct {
	onHost[T]
	BatchNorm[T]
	mean, inv, a, b, q []T // of each channel
	acc                []T // two blocks
}

func newNorm[T kernel.Float](s BatchNorm[T]) *norm[T] {
	k := &norm[T]{BatchNorm: s, acc: make([]T, 2*s.In.C*s.In.Row)}
	for _, p := range []*[]T{&k.mean, &k.inv, &k.a, &k.b, &k.q} {
		*p = make([]T, s.In.C)
	}
	return k
}

// total adds up a channel's lanes that are in use.
func (k *norm[T]) total(acc []T, c int) float64 {
	var sum float64
	for _, v := range acc[c*k.In.Row:][:k.In.Batch] {
		sum += float64(v)
	}
	return sum
}

func (k *norm[T]) Forward(out []T, in ...[]T) Call {
	var gamma, beta []T
	if len(in) > 1 {
		gamma, beta = in[1], in[2]
	}
	x := in[0]
	return func() { k.forward(out, x, gamma, beta) }
}

func (k *norm[T]) forward(out, x, gamma, beta []T) {
	rows := k.In.rows()
	n := float64(k.In.Pixels * k.In.Batch)
	if k.Training {
		acc := k.acc[:k.In.C*k.In.Row]
		clear(acc)
		kernel.Sum(acc, x)
		for c := range k.mean {
			k.mean[c] = T(k.total(acc, c) / n)
		}
		clear(acc)
		kernel.Square(acc, x, k.mean, rows)
		for c := range k.mean {
			v := k.total(acc, c)
			k.inv[c] = T(1 / math.Sqrt(v/n+k.Epsilon))
			m := T(k.Momentum)
			k.Stats[c] += T(m * (k.mean[c] - k.Stats[c]))
			// The running variance is the unbiased one, as PyTorch keeps it.
			k.Stats[k.In.C+c] += T(m * (T(v/max(n-1, 1)) - k.Stats[k.In.C+c]))
		}
	} else {
		for c := range k.mean {
			k.mean[c], k.inv[c] = k.Stats[c], T(1/math.Sqrt(float64(k.Stats[k.In.C+c])+k.Epsilon))
		}
	}
	for c := range k.mean {
		k.a[c], k.b[c] = k.inv[c], 0
		if gamma != nil {
			k.a[c], k.b[c] = gamma[c]*k.inv[c], beta[c]
		}
		k.b[c] -= T(k.mean[c] * k.a[c])
	}
	kernel.Affine(out, x, k.a, k.b, rows)
}

func (k *norm[T]) Backward(dx []T, dw [][]T, dy []T, in ...[]T) Call {
	var gamma, dgamma, dbeta []T
	if len(dw) > 0 {
		gamma, dgamma, dbeta = in[1], dw[0], dw[1]
	}
	x := in[0]
	return func() { k.backward(dx, dgamma, dbeta, dy, x, gamma) }
}

func (k *norm[T]) backward(dx, dgamma, dbeta, dy, x, gamma []T) {
	rows := k.In.rows()
	n := T(k.In.Pixels * k.In.Batch)
	clear(k.acc)
	g, b := k.acc[:len(k.acc)/2], k.acc[len(k.acc)/2:]
	kernel.Moments(g, b, dy, x, k.mean, rows)
	for c := range k.mean {
		dg, db := T(T(k.total(g, c))*k.inv[c]), T(k.total(b, c))
		k.a[c] = k.inv[c]
		if gamma != nil {
			dgamma[c] += dg
			dbeta[c] += db
			k.a[c] *= gamma[c]
		}
		// dx = a·(dy - db/n - (x - mean)·inv·dg/n)
		k.b[c], k.q[c] = 0, 0
		if k.Training {
			k.b[c] = -k.a[c] * k.inv[c] * dg / n
			k.q[c] = -k.a[c]*db/n - T(k.mean[c]*k.b[c])
		}
	}
	if dx == nil {
		return
	}
	kernel.Affine2(dx, dy, x, k.a, k.b, k.q, rows)
	unused(dx, k.In)
}

// unused clears the lanes without an image, where a gradient must be zero.
func unused[T kernel.Float](dx []T, s Size) {
	if s.Batch == s.Row {
		return
	}
	for i := 0; i < len(dx); i += s.Row {
		clear(dx[i+s.Batch : i+s.Row])
	}
}
