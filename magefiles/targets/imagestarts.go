package targets

import "github.com/bellyfed/splitecs/magefiles/image"

// startableImage refuses an image whose program is not in it. One that goes to a repository of somebody's choice may be a base
// of others, which starts nothing by itself: there it is told.
func (s *session) startableImage(img *image.Built) error {
	if img.NotStartable == nil {
		return nil
	}
	// A mode is lost on the way as often as it was never there, and an image can be the base of another: service:deploy refuses it.
	if s.settings.repository == "" && !img.NotStartable.Denied {
		return img.NotStartable
	}
	s.console.Note("warning: %v; next: %s", img.NotStartable, img.NotStartable.Next[0])
	return nil
}
