package targets

import (
	"fmt"
	"strings"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/cfn/partition"
	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
)

// unreadBase is what to do about a base that cannot be read. Nothing of it passes by itself, so the same command is never
// the answer.
func (s *session) unreadBase(e *image.BaseError) (console.Code, []string) {
	copied := fmt.Sprintf("where %s is never reached from here: name another base as App.Image.Base, such as a copy in a registry that is (skopeo copy docker://%s docker://…)", e.Host, e.Base)
	switch e.Cause {
	case image.BaseHostUnknown:
		return console.ImageFailed, []string{"look at the name of the registry in App.Image.Base, at the name server, and at HTTPS_PROXY where there is a proxy", copied}
	case image.BaseUnreachable:
		if private, ok := partition.RegistryOf(e.Host); ok {
			return console.ImageFailed, []string{"open the way to ECR in " + private.Region + ": a NAT gateway, VPC endpoints for ECR (api, dkr) and S3, or HTTPS_PROXY where there is a proxy", copied}
		}
		return console.ImageFailed, []string{"open the way to " + e.Host + " (firewall, VPN; HTTPS_PROXY where there is a proxy), or start what has to listen there", copied}
	case image.BaseUntrusted:
		return console.ImageFailed, []string{"set AWS_CA_BUNDLE to a file of all authorities that are to be trusted, that of " + e.Host + " (or of the proxy before it) among them; where its certificate is at fault, mend that", copied}
	case image.BaseAbsent:
		return console.ImageFailed, []string{"look at name, tag or digest in App.Image.Base", listBase(e)}
	case image.BaseLimited:
		if _, ok := partition.RegistryOf(e.Host); ok {
			return console.ImageFailed, []string{"wait until fewer pull from that registry at the same time, or ask AWS for a higher quota of ECR, then run the same command again", copied}
		}
		return console.ImageFailed, []string{"docker login " + e.Host + "   # who is known there may pull more", copied}
	}
	return console.Access, s.deniedBase(e)
}

// listBase is the command that lists what is where a base is not.
func listBase(e *image.BaseError) string {
	repository := strings.TrimPrefix(e.Base, e.Host+"/")
	if name, _, digest := strings.Cut(repository, "@"); digest {
		repository = name
	} else if at := strings.LastIndexByte(repository, ':'); at >= 0 {
		repository = repository[:at]
	}
	if registry, ok := partition.RegistryOf(e.Host); ok && registry.OfAWS() {
		return fmt.Sprintf("aws ecr describe-images --region %s --registry-id %s --repository-name %s   # what is there", registry.Region, registry.Account, repository)
	}
	return "skopeo list-tags docker://" + e.Host + "/" + repository + "   # what is there"
}

// deniedBase is what lets a base be read.
func (s *session) deniedBase(e *image.BaseError) []string {
	registry, private := partition.RegistryOf(e.Host)
	login := hasLogin(e.Host)
	switch {
	case !private && login:
		return []string{"docker login " + e.Host + "   # what it left there before is not enough"}
	case !private:
		return []string{
			"docker login " + e.Host + "   # nothing was left there for it",
			"look at the name in App.Image.Base: registries answer so for what does not exist, too",
		}
	case login:
		return []string{"docker logout " + e.Host + "   # what it left there goes first; without it the AWS credentials are taken"}
	}
	next := []string{fmt.Sprintf("let the role do ecr:BatchGetImage and ecr:GetDownloadUrlForLayer on %s", cfn.RepositoryOf(e.Base))}
	if own := s.place.Environment.AccountID; own != "" && registry.Account != own {
		next = append(next, "let the policy of that repository allow both to account "+own+", too: it is of account "+registry.Account)
	}
	return next
}
