package model

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
)

// Read reads a file that MarshalBinary wrote. One that is cut, altered or hostile is
// refused with an error that names the byte; no length that it declares is believed
// before the data is there.
func Read(r io.Reader) (*File, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, damage(len(data), "%w", err)
	}
	line, packed, err := unseal(data)
	if err != nil {
		return nil, err
	}
	h := header{File: new(File)}
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&h); err != nil {
		return nil, damage(len(magic)+int(dec.InputOffset()), "header: %w", err)
	}
	start := len(magic) + len(line) + 1
	if len(h.Sizes) != len(h.Models) || dec.InputOffset() != int64(len(line)) {
		return nil, damage(start, "the header is not one object with one size for each model")
	}
	body, err := inflate(packed)
	if err != nil {
		return nil, damage(start, "trees: %w", err)
	}
	if err := h.unpack(body); err != nil {
		return nil, damage(start, "%w", err)
	}
	if err := h.check(); err != nil {
		return nil, damage(len(magic), "header: %w", err)
	}
	return h.File, nil
}

func damage(at int, format string, v ...any) error {
	return fmt.Errorf("model: byte %d: "+format, append([]any{at}, v...)...)
}

// unseal checks what surrounds the header and the packed trees.
func unseal(data []byte) (line, packed []byte, err error) {
	if len(data) > maxFile {
		return nil, nil, damage(maxFile, "the file is longer than %d bytes", maxFile)
	}
	if !bytes.HasPrefix(data, []byte(magic)) {
		return nil, nil, damage(0, "does not begin with %q", magic)
	}
	end := len(data) - sha256.Size
	if end < len(magic) {
		return nil, nil, damage(len(data), "the file ends before its checksum")
	}
	if sum := sha256.Sum256(data[:end]); !bytes.Equal(sum[:], data[end:]) {
		return nil, nil, damage(end, "wrong checksum: the file is cut or altered")
	}
	line, packed, ok := bytes.Cut(data[len(magic):end], []byte("\n"))
	if !ok {
		return nil, nil, damage(end, "the header has no end")
	}
	return line, packed, nil
}

// inflate unpacks at most maxBody bytes, all that there are.
func inflate(packed []byte) ([]byte, error) {
	r := bytes.NewReader(packed)
	body, err := io.ReadAll(io.LimitReader(flate.NewReader(r), maxBody+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > maxBody:
		return nil, fmt.Errorf("more than %d bytes", maxBody)
	case r.Len() > 0:
		return nil, fmt.Errorf("%d bytes after their end", r.Len())
	}
	return body, nil
}

// unpack gives each model its trees.
func (h *header) unpack(body []byte) error {
	for i := range h.Models {
		m, s := &h.Models[i], h.Sizes[i]
		if s.Bytes < 0 || s.Bytes > len(body) {
			return fmt.Errorf("%q: %d bytes of trees declared, %d are left", m.Name, s.Bytes, len(body))
		}
		m.Trees = new(Trees)
		if err := m.Trees.UnmarshalBinary(body[:s.Bytes]); err != nil {
			return fmt.Errorf("%q: %w", m.Name, err)
		}
		if got := sizeOf(m.Trees, s.Bytes); got != s {
			return fmt.Errorf("%q: the header says %+v, the trees are %+v", m.Name, s, got)
		}
		body = body[s.Bytes:]
	}
	if len(body) > 0 {
		return fmt.Errorf("%d bytes of trees belong to no model", len(body))
	}
	return nil
}
