//go:build mage

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
)

// Controls has checkov look at the golden templates. It fails where that finds what docs/security.md has not.
func Controls(ctx context.Context) error {
	guide, err := os.ReadFile("docs/security.md")
	if err != nil {
		return err
	}
	if _, err := exec.LookPath("checkov"); err != nil {
		return fmt.Errorf("find the judge: %w; pip install checkov==3.3.30", err)
	}
	// Findings are exit code 1, which --soft-fail takes away; what is left is trouble.
	cmd := exec.CommandContext(ctx, "checkov", "--directory", "cfn/testdata/golden", "--framework", "cloudformation", "--output", "json", "--quiet", "--compact", "--soft-fail", "--skip-download")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("run checkov: %w", err)
	}
	var report struct {
		Results struct {
			Failed []struct {
				ID   string `json:"check_id"`
				Name string `json:"check_name"`
				File string `json:"file_path"`
			} `json:"failed_checks"`
		}
		Summary struct {
			Passed, Failed int
			Errors         int `json:"parsing_errors"`
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return fmt.Errorf("read what checkov writes: %w", err)
	}
	if report.Summary.Passed == 0 || report.Summary.Errors > 0 {
		return fmt.Errorf("checkov passed %d checks, and could not read %d files", report.Summary.Passed, report.Summary.Errors)
	}
	var found []string
	var errs []error
	for _, f := range report.Results.Failed {
		if !slices.Contains(found, f.ID) {
			found = append(found, f.ID)
		}
		if !regexp.MustCompile(`\b` + regexp.QuoteMeta(f.ID) + `\b`).Match(guide) {
			errs = append(errs, fmt.Errorf("%s: %s %s, of which docs/security.md has nothing", f.File, f.ID, f.Name))
		}
	}
	slices.Sort(found)
	fmt.Printf("checkov: %d passed, %d failed: %q\n", report.Summary.Passed, report.Summary.Failed, found)
	return errors.Join(errs...)
}
