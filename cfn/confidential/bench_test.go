package confidential_test

import (
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/cfn/confidential"
)

// Lines of containers are up to 256 KiB long, and whoever writes them chooses what stands there.
func BenchmarkRedact(b *testing.B) {
	for name, unit := range map[string]string{
		"template": "      Name: DB_HOST\n      Value: db.internal\n", "assignments": "password=a,b ", "URLs": "a://b:c@", "braces": "{[(", "pairs": "value=a;name=password,", "commands": "mysql -pa login ", "parts": "password=" + strings.Repeat("a&b;", 50),
	} {
		b.Run(name, func(b *testing.B) {
			text := strings.Repeat(unit, 256<<10/len(unit))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				confidential.Redact(text)
			}
		})
	}
}
