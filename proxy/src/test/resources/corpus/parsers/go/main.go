// Reads byte streams from standard input, each behind its length in four bytes, and prints for each one line of JSON:
// the requests that Go's net/http sees in it, and how it ends.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
)

type message struct {
	Start  string `json:"start"`
	Host   string `json:"host"`
	Digest string `json:"digest"`
}

type result struct {
	End      string    `json:"end"`
	Messages []message `json:"messages"`
}

func read(stream []byte) result {
	found := result{End: "clean", Messages: []message{}}
	reader := bufio.NewReader(bytes.NewReader(stream))
	for {
		request, err := http.ReadRequest(reader)
		if errors.Is(err, io.EOF) {
			return found
		}
		var body []byte
		if err == nil {
			body, err = io.ReadAll(request.Body)
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			found.End = "incomplete"
			return found
		}
		if err != nil {
			found.End = "error " + err.Error()
			return found
		}
		digest := sha256.Sum256(body)
		found.Messages = append(found.Messages, message{
			Start:  request.Method + " " + request.RequestURI,
			Host:   request.Host,
			Digest: hex.EncodeToString(digest[:8]),
		})
	}
}

func main() {
	in := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for {
		var length uint32
		if binary.Read(in, binary.BigEndian, &length) != nil {
			return
		}
		stream := make([]byte, length)
		if _, err := io.ReadFull(in, stream); err != nil {
			panic(err)
		}
		if err := out.Encode(read(stream)); err != nil {
			panic(err)
		}
	}
}
