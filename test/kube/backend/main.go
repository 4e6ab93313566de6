// A backend for tests in a cluster: answers with its name, finishes what is in flight on SIGTERM, and keeps
// listening for three seconds after it, as a well-behaved server behind Endpoints does. Speaks HTTP/1 and HTTP/2 without
// TLS; /test.Echo/ is a service of gRPC that sends back each message as it came, with its name and a status in trailers.
package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// Echoes the messages of one call, be it unary or a stream: a flag, a length of four bytes, and so many bytes.
func echo(name string, w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/grpc")
	w.Header().Set("Trailer", "Grpc-Status, Backend")
	flush := http.NewResponseController(w).Flush
	flush()
	status := "0"
	head := make([]byte, 5)
	for {
		if _, err := io.ReadFull(r.Body, head); err == io.EOF {
			break
		} else if err != nil {
			status = "13" // INTERNAL
			break
		}
		w.Write(head)
		if _, err := io.CopyN(w, r.Body, int64(binary.BigEndian.Uint32(head[1:]))); err != nil {
			status = "13"
			break
		}
		flush()
	}
	w.Header().Set("Grpc-Status", status)
	w.Header().Set("Backend", name)
}

func main() {
	name, _ := os.Hostname()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if wait, err := strconv.Atoi(r.URL.Query().Get("wait")); err == nil { // milliseconds
			time.Sleep(time.Duration(min(wait, 10_000)) * time.Millisecond)
		}
		fmt.Fprintf(w, "%s\n", name)
	})
	mux.HandleFunc("/test.Echo/", func(w http.ResponseWriter, r *http.Request) { echo(name, w, r) })
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{Addr: ":8080", Handler: mux, Protocols: protocols}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	done := make(chan struct{})
	go func() {
		<-stop
		time.Sleep(3 * time.Second)
		deadline, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		server.Shutdown(deadline)
		close(done)
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	<-done
}
