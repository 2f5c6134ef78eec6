package main

import (
	"errors"
	"strings"
)

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

func decodeID(prefix, text string) ([16]byte, error) {
	var id [16]byte
	if len(text) != 30 || text[:4] != prefix {
		return id, errors.New("no id of this kind")
	}
	var high, low uint64
	for i := 4; i < len(text); i++ {
		v := strings.IndexByte(alphabet, text[i])
		if v < 0 {
			return id, errors.New("no id of this kind")
		}
		high = high<<5 | low>>59
		low = low<<5 | uint64(v)
	}
	for i := 0; i < 8; i++ {
		id[i] = byte(high >> (56 - 8*i))
		id[8+i] = byte(low >> (56 - 8*i))
	}
	return id, nil
}

func encodeID(prefix string, id [16]byte) string {
	var high, low uint64
	for i := 0; i < 8; i++ {
		high = high<<8 | uint64(id[i])
		low = low<<8 | uint64(id[8+i])
	}
	var text [30]byte
	copy(text[:], prefix)
	for i := 29; i >= 4; i-- {
		text[i] = alphabet[low&31]
		low = low>>5 | (high&31)<<59
		high >>= 5
	}
	return string(text[:])
}
