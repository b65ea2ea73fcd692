//go:build !linux

package image

// openTree opens the folder of a tree.
func openTree(path string) (openFolder, error) { return openRootFolder(path) }
