package space

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write nb101_hash.bin anew")

// The embedded bytes are those of the hashes: of all under -update, else of a few hundred.
func TestNB101FirstBytes(t *testing.T) {
	if *update {
		text := make([]byte, NB101Size)
		for _, h := range nb101ByHash() {
			text[h.cell] = h.sum[0]
		}
		if err := os.WriteFile("nb101_hash.bin", text, 0o644); err != nil {
			t.Fatal(err)
		}
		nb101FirstBytes = text
	}
	if len(nb101FirstBytes) != NB101Size {
		t.Fatalf("%d bytes, want %d; go test ./evolve/space -run FirstBytes -update", len(nb101FirstBytes), NB101Size)
	}
	for i := 0; i < NB101Size; i += 997 {
		if sum := nb101Sum(i); sum[0] != nb101FirstBytes[i] {
			t.Fatalf("cell %d: %02x, want %02x", i, nb101FirstBytes[i], sum[0])
		}
	}
}
