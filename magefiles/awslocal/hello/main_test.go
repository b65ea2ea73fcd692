package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestHealthAnswers200(t *testing.T) {
	server := httptest.NewServer(handler())
	defer server.Close()
	if err := check(server.URL + "/health"); err != nil {
		t.Error(err)
	}
	if err := check(server.URL + "/nowhere"); err == nil {
		t.Error("a 404 counts as healthy")
	}
}

func TestPageSaysHello(t *testing.T) {
	w := httptest.NewRecorder()
	handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusOK || w.Body.Len() == 0 {
		t.Errorf("%d %q", w.Code, w.Body)
	}
}
