// Command shop is a service that has what those of others have: pages beside the program, a version from the linker, a time
// zone, and calls to others by HTTPS.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"html/template"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

// Values of the linker.
var version, commit string

func main() {
	switch {
	case len(os.Args) == 2 && os.Args[1] == "confined":
		confined()
		return
	case len(os.Args) == 3 && os.Args[1] == "ask":
		_ = json.NewEncoder(os.Stdout).Encode(system(os.Args[2]))
		return
	}
	page := template.Must(template.ParseFiles("ui/page.html"))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { _ = page.Execute(w, version) })
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("ok")) })
	mux.HandleFunc("GET /environment", func(w http.ResponseWriter, r *http.Request) {
		answer(w, map[string]string{"GREETING": os.Getenv("GREETING")})
	})
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, r *http.Request) {
		answer(w, map[string]string{"version": version, "commit": commit})
	})
	mux.HandleFunc("GET /system", func(w http.ResponseWriter, r *http.Request) {
		answer(w, system(r.URL.Query().Get("ask")))
	})
	mux.Handle("GET /", http.FileServer(http.Dir("public")))

	server := &http.Server{Addr: ":" + os.Getenv("PORT"), Handler: mux}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() { _ = server.Shutdown(context.Background()) })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}

func answer(w http.ResponseWriter, said any) { _ = json.NewEncoder(w).Encode(said) }
