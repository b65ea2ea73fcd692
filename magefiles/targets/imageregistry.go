package targets

import (
	"context"
	"crypto/x509"
	"os"
	"strings"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/image"
)

// siblings are the repositories of the other environments in the same registry as reference, an image of this
// environment's own.
func (s *session) siblings(reference string) (repositories []string) {
	host, rest, _ := strings.Cut(reference, "/")
	if !strings.HasPrefix(rest, s.place.Names.Repository+":") {
		return nil // SPLITECS_REPOSITORY
	}
	if s.place.Env == cfn.Local {
		return nil // the embedded AWS has no other environment
	}
	for _, env := range s.place.App.EnvironmentNames() {
		other, err := s.place.In(env)
		if err == nil && env != s.place.Env && env != cfn.Local && together(other, s.place) {
			repositories = append(repositories, host+"/"+other.Names.Repository)
		}
	}
	return repositories
}

// registry is where to push: SPLITECS_REPOSITORY, or the environment's ECR repository.
func (s *session) registry(ctx context.Context) (repository string, access image.Access, err error) {
	if r := s.settings.repository; r != "" {
		return r, s.accessTo(r), nil
	}
	return s.ecrRegistry(ctx)
}

// ecrRegistry is the environment's ECR repository.
func (s *session) ecrRegistry(ctx context.Context) (repository string, access image.Access, err error) {
	infra, err := s.describeInfra(ctx)
	if err != nil {
		return "", image.Access{}, err
	}
	uri := infra.Outputs[cfn.OutputRepositoryURI]
	if uri == "" {
		return "", image.Access{}, s.place.CheckInfra(infra.Outputs)
	}
	return uri, s.registryOf(uri), nil
}

// registryOf reaches the ECR registry of a repository.
func (s *session) registryOf(uri string) image.Access {
	return image.NewECR(s.clients.ecr(), uri, nil).Access(image.NewTransport(roots(s.Getenv)))
}

// roots are the certificate authorities of AWS_CA_BUNDLE; nil is the system's.
func roots(getenv func(string) string) *x509.CertPool {
	bundle := getenv("AWS_CA_BUNDLE")
	if bundle == "" {
		return nil
	}
	pem, err := os.ReadFile(bundle)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(pem) {
		return nil // the SDK refuses an unusable bundle by name before this is asked
	}
	return pool
}
