package plots

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"math"
	"regexp"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"
)

const dpi = 200

// output draws on a white canvas of a size and writes it as png, svg or pdf.
func output(w io.Writer, format string, width, height vg.Length, draw func(pen)) error {
	var data []byte
	var err error
	switch format {
	case "png":
		c := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dpi))
		draw(pen{c})
		data, err = encodePNG(c.Image())
	case "svg":
		c := vgsvg.New(width, height)
		p := pen{c}
		p.fill(white, polygon([]vg.Point{{}, {X: width}, {X: width, Y: height}, {Y: height}}))
		draw(p)
		var b bytes.Buffer
		_, err = c.WriteTo(&b)
		data = fallbackFonts(b.Bytes())
	case "pdf":
		c := vgpdf.New(width, height)
		draw(pen{cp1252{c}})
		var b bytes.Buffer
		_, err = c.WriteTo(&b)
		data = undated(b.Bytes())
	default:
		return fmt.Errorf("plots: format %q is not known", format)
	}
	if err != nil {
		return fmt.Errorf("plots: writing %s: %w", format, err)
	}
	_, err = w.Write(data)
	return err
}

// SoftwarePNG is in the head of every PNG figure: the chunk that names the program which made it (PNG
// specification, section 11.3.4.3).
const SoftwarePNG = "tEXtSoftware\x00amoeba"

// encodePNG tells the resolution, so that a text processor sets the figure at its size, and the program.
func encodePNG(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	// The default level takes half as long again for a file a few percent smaller.
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := enc.Encode(&b, img); err != nil {
		return nil, err
	}
	const header = 8 + 25 // the signature and IHDR, which pHYs follows
	perMetre := uint32(math.Round(dpi / 0.0254))
	size := binary.BigEndian.AppendUint32(nil, perMetre)
	size = binary.BigEndian.AppendUint32(size, perMetre)
	file := bytes.Clone(b.Bytes()[:header])
	file = appendChunk(file, "pHYs"+string(size)+"\x01") // of a metre
	file = appendChunk(file, SoftwarePNG)
	return append(file, b.Bytes()[header:]...), nil
}

// appendChunk adds a chunk of a PNG file: its type of four bytes and its data.
func appendChunk(file []byte, chunk string) []byte {
	file = binary.BigEndian.AppendUint32(file, uint32(len(chunk)-4))
	file = append(file, chunk...)
	return binary.BigEndian.AppendUint32(file, crc32.ChecksumIEEE([]byte(chunk)))
}

// fallbackFonts names faces of the same metrics, for readers without Liberation.
func fallbackFonts(svg []byte) []byte {
	return bytes.ReplaceAll(svg,
		[]byte(`style="font-family:Liberation Sans;font-variant:normal;font-weight:normal;font-style:normal;`),
		[]byte(`style="font-family:'Liberation Sans',Arimo,Arial,Helvetica,sans-serif;`))
}

var pdfDate = regexp.MustCompile(`/(CreationDate|ModDate) \(D:\d{14}\)`)

// undated replaces the dates of the writer by one of the same length, so that the
// offsets in the file stay right.
func undated(pdf []byte) []byte {
	return pdfDate.ReplaceAll(pdf, []byte("/$1 (D:20000101000000)"))
}

// cp1252 writes text in the one encoding gonum's PDF canvas embeds. What is not in it,
// besides the minus sign, becomes a question mark.
type cp1252 struct{ *vgpdf.Canvas }

func (c cp1252) FillString(f font.Face, pt vg.Point, s string) {
	c.Canvas.FillString(f, pt, encode1252(s))
}

func encode1252(s string) string {
	const high = "€\x00‚ƒ„…†‡ˆ‰Š‹Œ\x00Ž\x00\x00‘’“”•–—˜™š›œ\x00žŸ"
	table := []rune(high)
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if r == '−' {
			r = '–'
		}
		code := byte('?')
		if r < 0x80 || r >= 0xa0 && r <= 0xff {
			code = byte(r)
		}
		for i, t := range table {
			if t == r && r != 0 {
				code = byte(0x80 + i)
			}
		}
		out = append(out, code)
	}
	return string(out)
}
