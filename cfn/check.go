package cfn

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// OutdatedInfraError says that the infra stack of an environment does not have what the service stack needs. Deploying
// the infra stack mends it.
type OutdatedInfraError struct {
	Stack   string   // name of the infra stack
	Env     string   // its environment, or the service of it
	Missing []string // what is missing, in words
}

func (e *OutdatedInfraError) Error() string {
	return fmt.Sprintf("infra stack %s is older than the configuration of %s: %s", e.Stack, e.Env, strings.Join(e.Missing, "; "))
}

// CheckInfra says whether an infra stack with these outputs can carry the service template of env, or of a service of it
// (env/service). The error is an
// [*OutdatedInfraError] with everything that is missing, or one of [Service]'s.
func (a App) CheckInfra(env string, outputs map[string]string) error {
	p, err := a.Place(env)
	if err != nil {
		return err
	}
	return p.CheckInfra(outputs)
}

// CheckInfra is [App.CheckInfra] of the place.
func (p Place) CheckInfra(outputs map[string]string) error {
	d, err := p.deployment()
	if err != nil {
		return err
	}
	outputs = p.InfraOutputs(outputs)
	if d.Service != "" && outputs[OutputProvides] == "" {
		return &OutdatedInfraError{Stack: d.Names.InfraStack, Env: p.String(), Missing: []string{"it does not know service " + d.Service}}
	}
	var missing []string
	if deployed, _ := strconv.Atoi(outputs[OutputContract]); deployed < contractNumber() {
		missing = append(missing, fmt.Sprintf("its %s is %q and has to be %s", OutputContract, outputs[OutputContract], ContractVersion))
	}
	for _, parameter := range d.infraParameters() {
		if outputs[parameter.name] == "" {
			missing = append(missing, "it has no output "+parameter.name)
		}
	}
	if d.own.Image != nil && outputs[OutputRepositoryURI] == "" {
		missing = append(missing, "it has no output "+d.resource(OutputRepositoryURI))
	}
	extra, err := p.extraParameters()
	if err != nil {
		return err
	}
	for _, name := range extra {
		if outputs[name] == "" {
			missing = append(missing, "it has no output "+name)
		}
	}
	for _, name := range []struct{ output, want string }{
		{OutputCluster, d.Names.Cluster}, {OutputLogGroup, d.Names.LogGroup}, {OutputRepository, d.Names.Repository},
	} {
		if got := outputs[name.output]; got != "" && got != name.want {
			missing = append(missing, fmt.Sprintf("its %s is %s and has to be %s", name.output, got, name.want))
		}
	}
	provided := strings.Split(outputs[OutputProvides], ",")
	if d.balanced() && !slices.Contains(provided, d.portRequirement()) {
		missing = append(missing, fmt.Sprintf("it is not made for container port %d", d.Container.Port))
	}
	for _, arn := range grantedSecrets(d.Environment.TaskSecrets()) {
		if !slices.Contains(provided, secretRequirement(arn)) {
			missing = append(missing, "its execution role may not read "+arn)
		}
	}
	for _, arn := range d.Environment.SidecarRepositories() {
		if !slices.Contains(provided, repositoryRequirement(arn)) {
			missing = append(missing, "its execution role may not pull from "+arn)
		}
	}
	if len(missing) > 0 {
		return &OutdatedInfraError{Stack: d.Names.InfraStack, Env: p.String(), Missing: missing}
	}
	return nil
}

func contractNumber() int {
	n, _ := strconv.Atoi(ContractVersion)
	return n
}

// requirements is the value of [OutputProvides].
func (d deployment) requirements() []string {
	list := []string{d.portRequirement()}
	for _, arn := range grantedSecrets(d.Environment.TaskSecrets()) {
		list = append(list, secretRequirement(arn))
	}
	for _, arn := range d.Environment.SidecarRepositories() {
		list = append(list, repositoryRequirement(arn))
	}
	return list
}

// portRequirement says that there is none where no request comes, so that the list is never empty.
func (d deployment) portRequirement() string {
	if !d.balanced() {
		return "port=none"
	}
	return fmt.Sprintf("port=%d", d.Container.Port)
}

func secretRequirement(arn string) string { return "secret=" + shortened(arn) }

func repositoryRequirement(arn string) string { return "image=" + shortened(arn) }

// shortened is a short name of an ARN, because an output's value is limited to 1,024 bytes.
func shortened(arn string) string {
	sum := sha256.Sum256([]byte(arn))
	return hex.EncodeToString(sum[:4])
}
