package cfn_test

import (
	"testing"

	"github.com/bellyfed/splitecs/cfn"
)

// BenchmarkTemplates makes and renders both templates of the largest environment. The bar is 5 ms and 2 MB.
func BenchmarkTemplates(b *testing.B) {
	app := bellyfed()
	b.ReportAllocs()
	for b.Loop() {
		for _, build := range builders {
			template, err := build(app, "prod")
			if err != nil {
				b.Fatal(err)
			}
			if _, err := cfn.Render(template); err != nil {
				b.Fatal(err)
			}
		}
	}
}
