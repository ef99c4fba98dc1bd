package net

// An edgeOp adds an operation that keeps the channels of its input and divides its sides by
// the stride.
type edgeOp func(b *blocks, name string, in, stride int) int

// edgeOps are the operations of the spaces darts and nasnet in the forms of quark0/darts,
// cnn/operations.py, which gave the parameter counts of the literature on CIFAR-10: pools
// without batch norm, separable convolutions twice, dilated ones once with rate 2. The
// TensorFlow code makes bottlenecks of convolutions that are not separable (tfOps); here they
// are plain. What quark0/darts does not have is as in NAO_V1/operations.py of
// renqianluo/NAO_pytorch, but for 1×3 and 3×1, which are like its 1×7 and 7×1.
var edgeOps = map[string]edgeOp{
	"none": func(b *blocks, name string, in, stride int) int { return b.Add(name+"/zero", Zero{stride}, in) },
	"skip_connect": func(b *blocks, name string, in, stride int) int {
		if stride == 1 {
			return in
		}
		return b.factorised(name, in, b.Shape(in).C)
	},
	"sep_conv_3x3": separable(3),
	"sep_conv_5x5": separable(5),
	"sep_conv_7x7": separable(7),
	// The TPU code reads only the window from this name, not the rate (tensorflow/tpu,
	// amoeba_net): AmoebaNet-B was trained with an ordinary separable convolution.
	"dil_2_sep_conv_5x5": separable(5),
	"dil_conv_3x3": func(b *blocks, name string, in, stride int) int {
		return b.depthwise(name, in, b.Shape(in).C, 3, stride, 2)
	},
	"dil_conv_5x5": func(b *blocks, name string, in, stride int) int {
		return b.depthwise(name, in, b.Shape(in).C, 5, stride, 2)
	},
	"conv_1x1":     plain(1),
	"conv_3x3":     plain(3),
	"conv_1x3_3x1": crossed(3),
	"conv_1x7_7x1": crossed(7),
	"max_pool_2x2": pool(func(k, stride, pad int) Op { return MaxPool{k, stride, pad} }, 2),
	"max_pool_3x3": pool(func(k, stride, pad int) Op { return MaxPool{k, stride, pad} }, 3),
	"max_pool_5x5": pool(func(k, stride, pad int) Op { return MaxPool{k, stride, pad} }, 5),
	"avg_pool_2x2": pool(func(k, stride, pad int) Op { return AvgPool{k, stride, pad, false} }, 2),
	"avg_pool_3x3": pool(func(k, stride, pad int) Op { return AvgPool{k, stride, pad, false} }, 3),
	"avg_pool_5x5": pool(func(k, stride, pad int) Op { return AvgPool{k, stride, pad, false} }, 5),
}

func separable(k int) edgeOp {
	return func(b *blocks, name string, in, stride int) int {
		c := b.Shape(in).C
		return b.depthwise(name+"/second", b.depthwise(name+"/first", in, c, k, stride, 1), c, k, 1, 1)
	}
}

func plain(k int) edgeOp {
	return func(b *blocks, name string, in, stride int) int {
		return b.reluConvBN(name, in, b.Shape(in).C, k, stride)
	}
}

// crossed is 1×k, then k×1. The second has the whole stride: what it reads is the same as if
// the first had the stride along its row, at twice the first one's operations, and a Conv has
// one stride.
func crossed(k int) edgeOp {
	return func(b *blocks, name string, in, stride int) int {
		c := b.Shape(in).C
		x := b.relu(name+"/relu", in)
		x = b.Add(name+"/row", Conv{Out: c, KH: 1, KW: k, Stride: 1, Dilation: 1, PadW: k / 2}, x)
		x = b.Add(name+"/column", Conv{Out: c, KH: k, KW: 1, Stride: stride, Dilation: 1, PadH: k / 2}, x)
		return b.bn(name+"/bn", x)
	}
}

// pool is a pool that never sees the padding. An even window is padded at the end, as
// TensorFlow's SAME does: at stride 1 by padding both ends and skipping the first output, at
// stride 2 even sides need none, and of odd ones, which the skeleton tf alone has, every second
// pixel at stride 1 is taken.
func pool(op func(k, stride, pad int) Op, k int) edgeOp {
	return func(b *blocks, name string, in, stride int) int {
		s := b.Shape(in)
		switch {
		case k%2 == 1:
			return b.Add(name+"/pool", op(k, stride, k/2), in)
		case stride == k && s.H%k == 0 && s.W%k == 0:
			return b.Add(name+"/pool", op(k, stride, 0), in)
		}
		x := b.Add(name+"/crop", MaxPool{K: 1, Stride: 1, Pad: -1}, b.Add(name+"/pool", op(k, 1, k/2), in))
		if stride > 1 {
			x = b.Add(name+"/every", MaxPool{K: 1, Stride: stride}, x)
		}
		return x
	}
}

// edge adds an operation of a cell and, unless it is an identity or zero, drop path.
func (b *blocks) edge(name, op string, in, stride int) int {
	out := edgeOps[op](b, name, in, stride)
	if b.drop == 0 || out == in || op == "none" {
		return out
	}
	return b.Add(name+"/drop", DropPath{b.drop}, out)
}
