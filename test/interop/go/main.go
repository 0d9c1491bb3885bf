// Interop verifies a Sallyport log with code that is not Sallyport's: signed notes by golang.org/x/mod/sumdb/note, the tree and its
// proofs by github.com/transparency-dev/merkle (RFC 6962).
//
//	interop LOG.KEY TILES EVIDENCE [WITNESS.KEY COSIGNED]
//
// LOG.KEY is what `keys show` prints, TILES what `audit export` wrote, EVIDENCE what `audit prove` printed, one JSON a line.
package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
)

type checkpoint struct {
	origin string
	size   uint64
	root   []byte
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 4 && len(os.Args) != 6 {
		log.Fatal("usage: interop LOG.KEY TILES EVIDENCE [WITNESS.KEY COSIGNED]")
	}
	key := strings.TrimSpace(string(read(os.Args[1])))
	verifier, err := note.NewVerifier(key)
	check(err)
	size := verifyTiles(verifier, os.Args[2])
	proofs := verifyEvidence(verifier, os.Args[3])
	fmt.Printf("%d records, %d proofs", size, proofs)
	if len(os.Args) == 6 {
		witness, err := cosignerOf(strings.TrimSpace(string(read(os.Args[4]))))
		check(err)
		opened, err := note.Open(read(os.Args[5]), note.VerifierList(verifier, witness))
		check(err)
		if len(opened.Sigs) != 2 {
			log.Fatalf("%d signatures of 2 stand", len(opened.Sigs))
		}
		fmt.Printf(", cosigned by %s", witness.Name())
	}
	fmt.Println()
}

// verifyTiles hashes every entry anew, compares it with its place in the tile, and the root over all with the signed one.
func verifyTiles(verifier note.Verifier, folder string) uint64 {
	head := open(read(filepath.Join(folder, "checkpoint")), verifier)
	tree := (&compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}).NewEmptyRange(0)
	for number := uint64(0); number*256 < head.size; number++ {
		width := min(256, head.size-number*256)
		hashes := read(filepath.Join(folder, tilePath("0", number, width)))
		entries := read(filepath.Join(folder, tilePath("entries", number, width)))
		for at := uint64(0); at < width; at++ {
			length := binary.BigEndian.Uint16(entries)
			leaf := rfc6962.DefaultHasher.HashLeaf(entries[2 : 2+length])
			entries = entries[2+length:]
			if !bytes.Equal(leaf, hashes[at*32:at*32+32]) {
				log.Fatalf("entry %d is not that of its tile", number*256+at)
			}
			check(tree.Append(leaf, nil))
		}
		if len(entries) != 0 {
			log.Fatal("the bundle goes on")
		}
	}
	root, err := tree.GetRootHash(nil)
	check(err)
	if !bytes.Equal(root, head.root) {
		log.Fatal("the entries do not have the signed root")
	}
	return head.size
}

func tilePath(level string, number, width uint64) string {
	path := fmt.Sprintf("%03d", number%1000)
	for number /= 1000; number > 0; number /= 1000 {
		path = fmt.Sprintf("x%03d/%s", number%1000, path)
	}
	if width < 256 {
		path += fmt.Sprintf(".p/%d", width)
	}
	return filepath.Join("tile", level, path)
}

// verifyEvidence checks each record's inclusion under the signed checkpoint of its C2SP tlog-proof.
func verifyEvidence(verifier note.Verifier, file string) int {
	count := 0
	for _, line := range strings.Split(strings.TrimSpace(string(read(file))), "\n") {
		var evidence struct{ Record, Proof string }
		check(json.Unmarshal([]byte(line), &evidence))
		head, text, found := strings.Cut(evidence.Proof, "\n\n")
		if !found {
			log.Fatal("the proof has no checkpoint")
		}
		lines := strings.Split(head, "\n")
		if lines[0] != "c2sp.org/tlog-proof@v1" {
			log.Fatalf("%q is no tlog-proof", lines[0])
		}
		index, err := strconv.ParseUint(strings.TrimPrefix(lines[1], "index "), 10, 64)
		check(err)
		var path [][]byte
		for _, hash := range lines[2:] {
			path = append(path, decode(hash))
		}
		signed := open([]byte(text), verifier)
		check(proof.VerifyInclusion(rfc6962.DefaultHasher, index, signed.size, rfc6962.DefaultHasher.HashLeaf([]byte(evidence.Record)), path, signed.root))
		count++
	}
	return count
}

func open(text []byte, verifier note.Verifier) checkpoint {
	opened, err := note.Open(text, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseUint(lines[1], 10, 64)
	check(err)
	return checkpoint{origin: lines[0], size: size, root: decode(lines[2])}
}

// cosigner verifies Ed25519 cosignatures (c2sp.org/tlog-cosignature), which the note package does not know.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func cosignerOf(text string) (note.Verifier, error) {
	parts := strings.SplitN(text, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("no verifier key")
	}
	hash, err := strconv.ParseUint(parts[1], 16, 32)
	if err != nil {
		return nil, err
	}
	raw := decode(parts[2])
	if len(raw) != 33 || raw[0] != 4 {
		return nil, errors.New("no key of an Ed25519 cosigner")
	}
	return cosigner{parts[0], uint32(hash), raw[1:]}, nil
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(signature), text)
	return ed25519.Verify(c.key, []byte(message), signature[8:])
}

func read(file string) []byte {
	text, err := os.ReadFile(file)
	check(err)
	return text
}

func decode(text string) []byte {
	raw, err := base64.StdEncoding.DecodeString(text)
	check(err)
	return raw
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
