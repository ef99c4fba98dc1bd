package space

import "math/bits"

// pyRandom is CPython's random.Random for what the benchmarks' official index orders
// need: MT19937 (Matsumoto and Nishimura 1998) seeded by init_by_array, and shuffle.
type pyRandom struct {
	mt [624]uint32
	i  int
}

func newPyRandom(seed uint32) *pyRandom {
	p := &pyRandom{i: 624}
	p.mt[0] = 19650218
	for i := uint32(1); i < 624; i++ {
		p.mt[i] = 1812433253*(p.mt[i-1]^p.mt[i-1]>>30) + i
	}
	i := uint32(1)
	next := func() {
		if i++; i >= 624 {
			p.mt[0] = p.mt[623]
			i = 1
		}
	}
	for range 624 {
		p.mt[i] = (p.mt[i] ^ (p.mt[i-1]^p.mt[i-1]>>30)*1664525) + seed // a key of one word
		next()
	}
	for range 623 {
		p.mt[i] = (p.mt[i] ^ (p.mt[i-1]^p.mt[i-1]>>30)*1566083941) - i
		next()
	}
	p.mt[0] = 1 << 31
	return p
}

func (p *pyRandom) uint32() uint32 {
	if p.i == 624 {
		for k := range p.mt {
			y := p.mt[k]&(1<<31) | p.mt[(k+1)%624]&(1<<31-1)
			p.mt[k] = p.mt[(k+397)%624] ^ y>>1 ^ y&1*0x9908b0df
		}
		p.i = 0
	}
	y := p.mt[p.i]
	p.i++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

// shuffle is random.shuffle: Fisher-Yates from the end, indices by rejection on the top bits.
func (p *pyRandom) shuffle(x []uint16) {
	for i := len(x) - 1; i > 0; i-- {
		n := uint32(i + 1)
		j := p.uint32() >> (32 - bits.Len32(n))
		for j >= n {
			j = p.uint32() >> (32 - bits.Len32(n))
		}
		x[i], x[j] = x[j], x[i]
	}
}
