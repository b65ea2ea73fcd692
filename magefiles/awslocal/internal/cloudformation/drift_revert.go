package cloudformation

import "maps"

// revertDrift is the mode of a drift-aware change set: what was changed or deleted outside of the stack is brought back to
// what the template says.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html
const revertDrift = "REVERT_DRIFT"

// actual is the stack with its resources as they are: without those that are gone, and with the values that there are in
// place of those that the stack set. drifts has the status of each that differs.
func (s *Service) actual(st *stack) (now *stack, drifts map[string]string) {
	shadow, of := *st, *st.body
	shadow.body = &of
	shadow.Resources = maps.Clone(st.Resources)
	drifts = map[string]string{}
	for name, in := range st.Resources {
		seen := in.clone()
		seen.Skipped = false // a look at what there is asks for no history
		d := s.compare(st, seen)
		switch {
		case d == nil:
		case d.Status == deleted:
			delete(shadow.Resources, name)
			drifts[name] = deleted
		case d.Status == modified:
			seen.Properties = maps.Clone(in.Properties)
			for _, one := range s.types[in.Type].Properties.Differences(in.Properties, d.Actual) {
				top := topOf(one.Path)
				if v, has := d.Actual[top]; has {
					seen.Properties[top] = v
				} else {
					delete(seen.Properties, top)
				}
			}
			shadow.Resources[name] = seen
			drifts[name] = modified
		}
	}
	return &shadow, drifts
}

// topOf is the property that a path is below: /Tags/0/Key is of Tags.
func topOf(path string) string {
	for i := 1; i < len(path); i++ {
		if path[i] == '/' {
			return path[1:i]
		}
	}
	return path[1:]
}

// face takes what there is for what the stack has, so that an operation brings it from there to its template.
func (s *Service) face(st *stack) {
	now, drifts := s.actual(st)
	for name, status := range drifts {
		if status == deleted {
			st.Resources[name].PhysicalID = "" // it is made again
			continue
		}
		st.Resources[name] = now.Resources[name]
	}
}
