package net

// blocks is a Builder with the pieces that the published networks share. Each takes the path
// that its layers' names begin with, and returns its last layer. Convolutions have no bias,
// and k×k ones keep the size at stride 1.
type blocks struct {
	*Builder
	norm BatchNorm
	drop float64 // rate of DropPath; 0: none
}

func (b *blocks) conv(name string, in, out, k, stride int) int {
	return b.Add(name, Conv{Out: out, KH: k, KW: k, Stride: stride, Dilation: 1, PadH: k / 2, PadW: k / 2}, in)
}

func (b *blocks) relu(name string, in int) int { return b.Add(name, ReLU{}, in) }

func (b *blocks) bn(name string, in int) int { return b.Add(name, b.norm, in) }

func (b *blocks) convBN(name string, in, out, k, stride int) int {
	return b.bn(name+"/bn", b.conv(name+"/conv", in, out, k, stride))
}

func (b *blocks) reluConvBN(name string, in, out, k, stride int) int {
	return b.convBN(name, b.relu(name+"/relu", in), out, k, stride)
}

func (b *blocks) convBNReLU(name string, in, out, k int) int {
	return b.relu(name+"/relu", b.convBN(name, in, out, k, 1))
}

// factorised halves an image without losing every other pixel of both sides: two strided 1×1
// convolutions, one of them a pixel further down and right, joined (quark0/darts,
// cnn/operations.py, FactorizedReduce).
func (b *blocks) factorised(name string, in, out int) int {
	return b.halved(name, b.relu(name+"/relu", in), out)
}

// halved is a factorised reduction without its ReLU. An odd side is rounded up: the shifted path
// ends on zeros (tensorflow/models, research/slim/nets/nasnet/nasnet_utils.py).
func (b *blocks) halved(name string, in, out int) int {
	even := b.conv(name+"/conv0", in, out/2, 1, 2)
	odd := b.Add(name+"/conv1", Conv{Out: out - out/2, KH: 1, KW: 1, Stride: 2, Dilation: 1, PadH: -1, PadW: -1,
		Ceil: true}, in)
	return b.bn(name+"/bn", b.Add(name+"/concat", Concat{}, even, odd))
}

// depthwise is a depthwise and a pointwise convolution, to out channels, between ReLU and batch
// norm.
func (b *blocks) depthwise(name string, in, out, k, stride, dilation int) int {
	c, pad := b.Shape(in).C, dilation*(k/2)
	x := b.relu(name+"/relu", in)
	x = b.Add(name+"/depthwise", Conv{Out: c, KH: k, KW: k, Stride: stride, Dilation: dilation, PadH: pad, PadW: pad,
		Depthwise: true}, x)
	return b.bn(name+"/bn", b.conv(name+"/pointwise", x, out, 1, 1))
}

// sum adds; of one input there is nothing to add.
func (b *blocks) sum(name string, in []int) int {
	if len(in) == 1 {
		return in[0]
	}
	return b.Add(name, Add{}, in...)
}

// concat joins; of one input there is nothing to join.
func (b *blocks) concat(name string, in []int) int {
	if len(in) == 1 {
		return in[0]
	}
	return b.Add(name, Concat{}, in...)
}

// logits is the mean over the image and a linear layer.
func (b *blocks) logits(in, classes int) int {
	return b.Add("logits", Linear{classes}, b.Add("pool", GlobalAvgPool{}, in))
}
