package image

import (
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Architecture translates a word for a processor architecture (those of ECS, of uname and of OCI) into
// OCI's "amd64" or "arm64". Empty is "amd64".
func Architecture(word string) (string, error) {
	switch strings.ToLower(word) {
	case "", "amd64", "x86_64", "x86-64":
		return "amd64", nil
	case "arm64", "aarch64":
		return "arm64", nil
	}
	return "", fmt.Errorf("%q is neither X86_64 (amd64) nor ARM64 (arm64)", word)
}

// ArchitectureError says that an image was made for another machine than the one that shall run it;
// there it would end with "exec format error".
type ArchitectureError struct {
	Found  []string // platforms of the image, "linux/amd64"
	Wanted string   // "linux/arm64"
}

func (e *ArchitectureError) Error() string {
	found := strings.Join(e.Found, ", ")
	if found == "" {
		found = "no named platform"
	}
	return fmt.Sprintf("image is built for %s, the task runs on %s", found, e.Wanted)
}

// CheckArchitecture compares the image with the wanted architecture (any word that [Architecture]
// knows). The answer to a difference is an [*ArchitectureError].
func CheckArchitecture(img v1.Image, wanted string) error {
	arch, err := Architecture(wanted)
	if err != nil {
		return fmt.Errorf("check architecture: %w", err)
	}
	cf, err := img.ConfigFile()
	if err != nil {
		return fmt.Errorf("check architecture: read image configuration: %w", err)
	}
	if cf.OS == "linux" && cf.Architecture == arch {
		return nil
	}
	return &ArchitectureError{Found: []string{cf.OS + "/" + cf.Architecture}, Wanted: "linux/" + arch}
}
