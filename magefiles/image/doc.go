// Package image makes an OCI container image out of what a build left on disk, and pushes it to a
// registry, without a Docker daemon.
//
//	src, err := image.Detect(ctx, ".", "web")           // a Next.js build, a service of Node.js, a Go program …
//	built, err := image.Build(ctx, image.Spec{Source: src, Base: "…@sha256:…"}, image.Options{})
//	defer built.Close()
//	pushed, err := image.Push(ctx, built, "host/bellyfed-dev:main-20261103-1a2b3c4", image.PushOptions{})
//	fmt.Println(pushed.Reference)                        // host/bellyfed-dev@sha256:…
//
// It knows:
//
//   - what a path is ([Detect]) and how each kind of source becomes layers, one per rate of change;
//   - how to make them the same to the byte wherever they are built ([Build]): sorted entries, times
//     made of contents, owner 0:0, normalised modes, fixed compression;
//   - which layers are as they were, so that they need not be made again ([Cache]);
//   - what is in them ([Built.SBOM]), and what should not be ([Built.Secrets]);
//   - how to push ([Push]) so that what is there already is not sent, an existing tag never moves, and a bad
//     network does no harm;
//   - how to find images again ([List], [Pull]);
//   - how ECR hands out credentials and, on the embedded AWS, where its registry listens ([ECR]);
//   - how a commit becomes a tag ([Commit.Tag]) and a tag or digest a pinned reference ([Resolve]).
//
// It does not decide which environment or repository is meant, does not read configuration from the
// environment (the go and git commands that it runs inherit it), prints nothing, creates no repository,
// and never runs an image. Layers are kept in files, not in memory.
//
// Formats: https://github.com/opencontainers/image-spec and
// https://github.com/opencontainers/distribution-spec.
//
// Imported by targets.
package image
