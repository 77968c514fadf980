package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"diffeo/fault"
)

// The checksum is the SHA-256 of the whole file with zeros in the place of its own digits, in lower-case hexadecimal.
const checksumPrefix = "sha256:"

var noChecksum = checksumPrefix + string(bytes.Repeat([]byte{'0'}, 2*sha256.Size))

// entry is the checksum as it stands in the header.
func entry(checksum string) []byte { return fmt.Appendf(nil, `"%s":"%s"`, keyChecksum, checksum) }

// seal puts the checksum into a file that was encoded with noChecksum.
func seal(file []byte) error {
	at, err := findChecksum(file, noChecksum)
	if err != nil {
		return err
	}
	copy(file[at:], checksumOf(file))
	return nil
}

// verify compares the checksum that the metadata of a file gives with the file, which it leaves as it is.
func verify(file []byte, checksum string) error {
	at, err := findChecksum(file, checksum)
	if err != nil {
		return err
	}
	copy(file[at:], noChecksum)
	want := checksumOf(file)
	copy(file[at:], checksum)
	if checksum != want {
		return fmt.Errorf("%w: the checksum does not match: the file was damaged or changed after it was written; fit or copy it again", fault.ErrModel)
	}
	return nil
}

// findChecksum returns where the value stands. It can stand in one place only: another would have to be a tensor's name or a
// text of the metadata, in which quotes are escaped.
func findChecksum(file []byte, checksum string) (int, error) {
	text := entry(checksum)
	at := bytes.Index(file, text)
	if len(checksum) != len(noChecksum) || at < 0 {
		return 0, fmt.Errorf("%w: the checksum %.80q is not one", fault.ErrModel, checksum)
	}
	return at + len(text) - len(checksum) - 1, nil
}

func checksumOf(file []byte) string {
	sum := sha256.Sum256(file)
	return checksumPrefix + hex.EncodeToString(sum[:])
}
