package gpu

// stagingBytes holds what two joined steps of 32 networks upload, on batches of 64 images of 3×32×32: the host waits
// for the device where it is further ahead.
const stagingBytes = 64 << 20

// staging is memory that the driver reads from after a write has returned, until the queue has been waited for.
type staging struct {
	memory []byte
	used   int
}

// write copies src, which is free again on return, to a buffer, in order with what is queued.
func (s *staging) write(q Queue, dst Buffer, at int, src []byte) error {
	for len(src) > 0 {
		if s.used == len(s.memory) {
			if err := q.Wait(); err != nil {
				return err
			}
			s.used = 0
		}
		part := s.memory[s.used:]
		n := copy(part, src)
		if err := q.Write(dst, at, part[:n]); err != nil {
			return err
		}
		s.used = min(len(s.memory), (s.used+n+63)&^63) // lines of the cache, which drivers copy fastest
		src, at = src[n:], at+n
	}
	return nil
}
