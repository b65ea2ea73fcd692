// Command hello is the sample application: an HTTP server that says hello, with the health check that a load
// balancer asks for. It is what `local:up` deploys where there is no other application.
//
//	PORT=3000 hello           serve
//	PORT=3000 hello -health   exit 0 if a server on this port answers /health with 200, else 1
//
// HEALTH_PATH is another path in the place of /health.
//
// It knows HTTP and its port, and nothing of AWS. Imported by nothing.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "3000"
	}
	if len(os.Args) > 1 && os.Args[1] == "-health" {
		if err := check("http://127.0.0.1:" + port + healthPath()); err != nil {
			log.Fatal(err)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, ":"+port); err != nil {
		log.Fatal(err)
	}
}

// serve until ctx ends, then finish what is under way.
func serve(ctx context.Context, address string) error {
	server := &http.Server{Addr: address, Handler: handler(), ReadHeaderTimeout: 5 * time.Second}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		stopped <- server.Shutdown(grace)
	}()
	log.Printf("listening on %s", address)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

// healthPath is where it is asked for its health.
func healthPath() string {
	if path := os.Getenv("HEALTH_PATH"); strings.HasPrefix(path, "/") {
		return path
	}
	return "/health"
}

func handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+healthPath(), func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintln(w, `{"status":"ok"}`)
	})
	if healthPath() == "/" {
		return mux
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "Hello from a task that was deployed without Docker.")
	})
	return mux
}

// check asks the health check as the load balancer does: 200 is healthy.
func check(url string) error {
	client := http.Client{Timeout: 5 * time.Second}
	answer, err := client.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", url, answer.Status)
	}
	return nil
}
