package parquet

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
)

// pages reads the columns of groups of rows.
type pages struct {
	src   io.ReaderAt
	end   int64 // bytes of the file
	left  int64 // bytes of the file that are not yet read
	room  int64 // bytes that pages may still unpack to
	cells int64 // bytes that their values may still decode to
	zstd  *zstd.Decoder
}

// charge counts n values of some bytes of text, each with the 16 bytes of its slot, or 8 of a number.
func (p *pages) charge(l *leaf, n int, text int64) error {
	slot := int64(8)
	if l.kind == format.ByteArray {
		slot = 16
	}
	if p.cells -= slot*int64(n) + text; p.cells < 0 {
		return ErrTooMuch
	}
	return nil
}

func (p *pages) close() {
	if p.zstd != nil {
		p.zstd.Close()
	}
}

// chunk reads a column of a group of rows.
func (p *pages) chunk(l *leaf, c *format.ColumnChunk, rows int) (Vector, error) {
	m := &c.MetaData
	v := newVector(l)
	if rows == 0 {
		return v, nil
	}
	start, n := m.DataPageOffset, m.TotalCompressedSize
	if d := m.DictionaryPageOffset; d > 0 && d < start {
		start = d
	}
	switch {
	case c.CryptoMetadata.Value != nil:
		return v, errors.New("encrypted")
	case c.FilePath != "":
		return v, fmt.Errorf("kept in another file, %q", c.FilePath)
	case m.Type != l.kind:
		return v, fmt.Errorf("%v values, the schema says %v", m.Type, l.kind)
	case start < 0 || n < 0 || start > p.end || n > p.end-start:
		return v, fmt.Errorf("%d bytes at %d, in a file of %d", n, start, p.end)
	}
	// Columns that claim the same bytes cannot make us read them over and over.
	if p.left -= n; p.left < 0 {
		return v, errors.New("columns that overlap")
	}
	b := make([]byte, n)
	if _, err := p.src.ReadAt(b, start); err != nil && err != io.EOF {
		return v, err
	}
	var dictionary *Vector
	for k := 1; v.len() < rows; k++ {
		if len(b) == 0 {
			return v, fmt.Errorf("%d values, the group has %d rows", v.len(), rows)
		}
		var h format.PageHeader
		n, err := decodeThrift(b, &h)
		if err == nil {
			b = b[n:]
			if h.CompressedPageSize < 0 || int(h.CompressedPageSize) > len(b) || h.UncompressedPageSize < 0 {
				err = fmt.Errorf("%d bytes for %d, %d are left", h.CompressedPageSize, h.UncompressedPageSize, len(b))
			}
		}
		if err == nil {
			body := b[:h.CompressedPageSize]
			b = b[h.CompressedPageSize:]
			dictionary, err = p.page(l, m.Codec, &h, body, &v, dictionary, rows)
		}
		if err != nil {
			return v, fmt.Errorf("page %d: %w", k, err)
		}
	}
	return v, nil
}

// page appends the values of a page of data, or returns a new dictionary.
func (p *pages) page(l *leaf, codec format.CompressionCodec, h *format.PageHeader, body []byte, v, dictionary *Vector,
	rows int) (*Vector, error) {
	if h.CRC != 0 && crc32.ChecksumIEEE(body) != uint32(h.CRC) {
		return dictionary, errors.New("its bytes do not have their checksum")
	}
	size := int(h.UncompressedPageSize)
	switch {
	case h.Type == format.DictionaryPage && h.DictionaryPageHeader.Valid:
		b, err := p.unpack(codec, body, size)
		if err != nil {
			return nil, err
		}
		n := int(h.DictionaryPageHeader.V.NumValues)
		if n < 0 {
			return nil, errShort
		}
		if err := p.charge(l, n, 0); err != nil {
			return nil, err
		}
		d := Vector{}
		err = d.plain(l, b, n)
		return &d, err
	case h.Type == format.DataPage && h.DataPageHeader.Valid:
		d := &h.DataPageHeader.V
		b, err := p.unpack(codec, body, size)
		if err != nil {
			return dictionary, err
		}
		var levels []byte
		if l.optional {
			if d.DefinitionLevelEncoding != format.RLE {
				return dictionary, fmt.Errorf("levels of encoding %v, want %v", d.DefinitionLevelEncoding, format.RLE)
			}
			if len(b) < 4 || int64(binary.LittleEndian.Uint32(b)) > int64(len(b)-4) {
				return dictionary, errShort
			}
			n := 4 + int(binary.LittleEndian.Uint32(b))
			levels, b = b[4:n], b[n:]
		}
		return dictionary, p.data(l, d.Encoding, int(d.NumValues), levels, b, v, dictionary, rows)
	case h.Type == format.DataPageV2 && h.DataPageHeaderV2.Valid:
		d := &h.DataPageHeaderV2.V
		skip, n := int64(d.RepetitionLevelsByteLength), int64(d.DefinitionLevelsByteLength)
		if skip < 0 || n < 0 || skip+n > int64(len(body)) || skip+n > int64(size) {
			return dictionary, errShort
		}
		levels, b := body[skip:skip+n], body[skip+n:]
		if d.IsCompressed.V || !d.IsCompressed.Valid {
			var err error
			if b, err = p.unpack(codec, b, size-int(skip+n)); err != nil {
				return dictionary, err
			}
		}
		return dictionary, p.data(l, d.Encoding, int(d.NumValues), levels, b, v, dictionary, rows)
	}
	return dictionary, nil // an index, which readers may pass over
}

// oldDictionary is what PLAIN_DICTIONARY, the older name of the encoding, is in the file.
const oldDictionary format.Encoding = 2

// data appends n cells. Levels say which of them are null.
func (p *pages) data(l *leaf, enc format.Encoding, n int, levels, b []byte, v, dictionary *Vector, rows int) error {
	if n < 0 || n > rows-v.len() {
		return fmt.Errorf("%d values, %d rows are left", n, rows-v.len())
	}
	if err := p.charge(l, n, 0); err != nil {
		return err
	}
	there := n
	var defined []uint32
	if l.optional {
		var err error
		if defined, err = hybrid(levels, 1, n); err != nil {
			return fmt.Errorf("levels: %w", err)
		}
		there = 0
		for _, d := range defined {
			there += int(d)
		}
	}
	values := Vector{}
	var index []uint32
	if there > 0 {
		var err error
		switch enc {
		case oldDictionary, format.RLEDictionary:
			index, err = indexes(b, there, dictionary)
			if err == nil {
				values = *dictionary
			}
		default:
			err = values.decode(l, enc, b, there, &p.room)
		}
		if err != nil {
			return err
		}
	}
	at := 0
	for i := range n {
		if l.optional && defined[i] == 0 {
			v.takeNull()
			continue
		}
		j := at
		if index != nil {
			j = int(index[at])
		}
		// A text of a dictionary takes its place once, and its time in every row.
		if values.texts != nil {
			if err := p.charge(l, 0, int64(len(values.texts[j]))); err != nil {
				return err
			}
		}
		v.take(&values, j)
		at++
	}
	return nil
}

// unpack decompresses a page to size bytes.
func (p *pages) unpack(codec format.CompressionCodec, b []byte, size int) ([]byte, error) {
	if p.room -= int64(size); p.room < 0 {
		return nil, ErrTooMuch
	}
	var out []byte
	var err error
	switch codec {
	case format.Uncompressed:
		out = b
	case format.Snappy:
		// It makes room for the length that the block declares, and the format packs at most
		// 64 bytes into three.
		if n, bad := snappy.DecodedLen(b); bad != nil || n != size || n/64 > len(b) {
			return nil, errPacked
		}
		out, err = snappy.Decode(nil, b)
	case format.Gzip:
		var z *gzip.Reader
		if z, err = gzip.NewReader(bytes.NewReader(b)); err == nil {
			out, err = io.ReadAll(io.LimitReader(z, int64(size)+1))
		}
	case format.Zstd:
		if p.zstd == nil {
			if p.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1),
				zstd.WithDecodeAllCapLimit(true)); err != nil {
				return nil, err
			}
		}
		// No more is made than the page says, whatever its frames say.
		out, err = p.zstd.DecodeAll(b, make([]byte, 0, size))
	default:
		return nil, fmt.Errorf("compressed with %v; write the file with zstd, snappy, gzip or no compression", codec)
	}
	if err == nil && len(out) != size || errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		err = errPacked
	}
	if err != nil {
		return nil, fmt.Errorf("%v: %w", codec, err)
	}
	return out, nil
}

var (
	errShort  = errors.New("it is cut short")
	errPacked = errors.New("it does not unpack to the size that it says")
)
