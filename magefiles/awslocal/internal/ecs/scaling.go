package ecs

// DesiredCount of an ACTIVE service; ok is false where there is none.
func (s *Service) DesiredCount(cluster, service string) (n int, ok bool) {
	v, err := s.service(cluster, service)
	if err != nil || v.Status != "ACTIVE" {
		return 0, false
	}
	return v.Desired, true
}

// SetDesiredCount of a service, as auto scaling does it.
func (s *Service) SetDesiredCount(cluster, service string, n int) error {
	v, err := s.service(cluster, service)
	if err != nil {
		return err
	}
	return s.change(v, &updateServiceInput{DesiredCount: &n})
}
