//go:build !linux

package targets

func holderOf(int) string { return someProgram }
