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

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
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
		data = fitTexts(fallbackFonts(b.Bytes()))
	case "pdf":
		data, err = encodePDF(width, height, draw)
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
