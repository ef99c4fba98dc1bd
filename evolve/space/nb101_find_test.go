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

// What is found by trying is what is found among all hashes.
func TestNB101FindTheSecondWay(t *testing.T) {
	if testing.Short() {
		t.Skip("425 thousand hashes")
	}
	defer nb101Found.Store(nb101Found.Load())
	for i := 7; i < NB101Size; i += NB101Size / 9 {
		hash := NB101{}.Hash(NB101{}.At(i))
		for _, found := range []int32{0, nb101Tries} {
			nb101Found.Store(found)
			if a, err := (NB101{}).Find(hash); err != nil || a != (NB101{}).At(i) {
				t.Fatalf("cell %d after %d: %s is %s, %v", i, found, hash, a, err)
			}
		}
	}
	if _, err := (NB101{}).Find("00000000000000000000000000000000"); err == nil {
		t.Error("a hash of no cell is found")
	}
}
