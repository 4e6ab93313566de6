// A backend for tests in a cluster: answers with its name, finishes what is in flight on SIGTERM, and keeps
// listening for three seconds after it, as a well-behaved server behind Endpoints does.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

func main() {
	name, _ := os.Hostname()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if wait, err := strconv.Atoi(r.URL.Query().Get("wait")); err == nil { // milliseconds
			time.Sleep(time.Duration(min(wait, 10_000)) * time.Millisecond)
		}
		fmt.Fprintf(w, "%s\n", name)
	})
	server := &http.Server{Addr: ":8080", Handler: mux}
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
