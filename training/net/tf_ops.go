package net

// A tfOp adds an operation of f channels on an input of any width, and divides its sides by the
// stride.
type tfOp func(b *blocks, name string, in, f, stride int) int

// tfOps are the operations of nasnet and darts in the forms of tensorflow/tpu, amoeba_net,
// network_utils.py. Convolutions that are not separable are bottlenecks. Dilated ones are
// separable in these spaces, unlike there, and are as in edgeOps.
var tfOps = map[string]tfOp{
	"none": func(b *blocks, name string, in, _, stride int) int {
		return b.Add(name+"/zero", Zero{stride}, in)
	},
	"skip_connect":       tfIdentity,
	"sep_conv_3x3":       tfSeparable(3),
	"sep_conv_5x5":       tfSeparable(5),
	"sep_conv_7x7":       tfSeparable(7),
	"dil_2_sep_conv_5x5": tfSeparable(5), // see edgeOps
	"dil_conv_3x3":       tfDilated(3),
	"dil_conv_5x5":       tfDilated(5),
	"conv_1x1": func(b *blocks, name string, in, f, stride int) int {
		return b.reluConvBN(name, in, f, 1, stride)
	},
	"conv_3x3":     bottleneck(1, 4, (*blocks).square),
	"conv_1x3_3x1": bottleneck(3, 8, crossedIn(3)),
	"conv_1x7_7x1": bottleneck(1, 4, crossedIn(7)),
	"max_pool_2x2": tfPool("max_pool_2x2"),
	"max_pool_3x3": tfPool("max_pool_3x3"),
	"max_pool_5x5": tfPool("max_pool_5x5"),
	"avg_pool_2x2": tfPool("avg_pool_2x2"),
	"avg_pool_3x3": tfPool("avg_pool_3x3"),
	"avg_pool_5x5": tfPool("avg_pool_5x5"),
}

// tfIdentity is a strided 1×1 convolution where the input has not the size or the width.
func tfIdentity(b *blocks, name string, in, f, stride int) int {
	if stride == 1 && b.Shape(in).C == f {
		return in
	}
	return b.reluConvBN(name, in, f, 1, stride)
}

func tfSeparable(k int) tfOp {
	return func(b *blocks, name string, in, f, stride int) int {
		return b.depthwise(name+"/second", b.depthwise(name+"/first", in, f, k, stride, 1), f, k, 1, 1)
	}
}

func tfDilated(k int) tfOp {
	return func(b *blocks, name string, in, f, stride int) int {
		return b.depthwise(name, in, f, k, stride, 2)
	}
}

// tfPool is the pool of edgeOps and, where the input is not f wide, a convolution to f.
func tfPool(op string) tfOp {
	return func(b *blocks, name string, in, f, stride int) int {
		x := edgeOps[op](b, name, in, stride)
		if b.Shape(x).C == f {
			return x
		}
		return b.convBN(name+"/wide", x, f, 1, 1)
	}
}

// bottleneck is a convolution of part/of of the channels between two of 1×1; alone where that is
// less than a channel.
func bottleneck(part, of int, conv func(b *blocks, name string, in, out, stride int) int) tfOp {
	return func(b *blocks, name string, in, f, stride int) int {
		r := f * part / of
		if r < 1 {
			return conv(b, name, in, f, stride)
		}
		x := conv(b, name+"/middle", b.reluConvBN(name+"/narrow", in, r, 1, 1), r, stride)
		return b.reluConvBN(name+"/wide", x, f, 1, 1)
	}
}

func (b *blocks) square(name string, in, out, stride int) int {
	return b.reluConvBN(name, in, out, 3, stride)
}

// crossedIn is 1×k, which has the stride along a row, and k×1, which has it from row to row.
func crossedIn(k int) func(b *blocks, name string, in, out, stride int) int {
	return func(b *blocks, name string, in, out, stride int) int {
		x := b.relu(name+"/row/relu", in)
		x = b.Add(name+"/row/conv", Conv{Out: out, KH: 1, KW: k, Stride: 1, StrideW: stride, Dilation: 1, PadW: k / 2},
			x)
		x = b.relu(name+"/column/relu", b.bn(name+"/row/bn", x))
		x = b.Add(name+"/column/conv", Conv{Out: out, KH: k, KW: 1, Stride: stride, StrideW: 1, Dilation: 1,
			PadH: k / 2}, x)
		return b.bn(name+"/column/bn", x)
	}
}

// tfEdge adds an operation of a cell and, unless it is an identity or zero, drop path.
func (b *blocks) tfEdge(name, op string, in, f, stride int) int {
	out := tfOps[op](b, name, in, f, stride)
	if b.drop == 0 || op == "skip_connect" || op == "none" {
		return out
	}
	return b.Add(name+"/drop", DropPath{b.drop}, out)
}
