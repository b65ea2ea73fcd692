package image

// found is told what a layer holds before it is made.
func (b *builder) found(p layerPlan, items []item) {}
