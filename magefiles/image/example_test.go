package image_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// A folder becomes an image and goes to a registry, without Docker. The same files make the same image.
func ExampleBuild() {
	dir, err := os.MkdirTemp("", "image")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "server"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		fmt.Println(err)
		return
	}
	host := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer host.Close()

	ctx := context.Background()
	source, err := image.Detect(ctx, dir, dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	digests := map[string]bool{}
	for _, tag := range []string{"v1", "again"} {
		built, err := image.Build(ctx, image.Spec{Source: source, Entrypoint: []string{"/app/server"}, User: "1000:1000"}, image.Options{})
		if err != nil {
			fmt.Println(err)
			return
		}
		pushed, err := image.Push(ctx, built.Artifact(), strings.TrimPrefix(host.URL, "http://")+"/shop:"+tag, image.PushOptions{})
		if err != nil {
			fmt.Println(err)
			return
		}
		repository, digest, _ := strings.Cut(pushed.Reference, "@sha256:")
		digests[digest] = true
		fmt.Println(strings.TrimPrefix(repository, host.Listener.Addr().String()))
		if err := built.Close(); err != nil { // temporary files
			fmt.Println(err)
		}
	}
	fmt.Println(len(digests), "image")
	// Output:
	// /shop
	// /shop
	// 1 image
}

// An image of the environment's repository is named by its tag; one from elsewhere by its digest only.
func ExampleParseSelector() {
	const repository = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop-dev"
	for _, text := range []string{"v1.4.2", repository + ":v1.4.2", "ghcr.io/shop/web:latest"} {
		selector, err := image.ParseSelector(repository, text)
		fmt.Println(selector.Tag, err)
	}
	// Output:
	// v1.4.2 <nil>
	// v1.4.2 <nil>
	//  image "ghcr.io/shop/web:latest": is not in the environment's repository 123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop-dev; an image from elsewhere is deployed by its digest only (ghcr.io/shop/web@sha256:…), because a tag can move
}
