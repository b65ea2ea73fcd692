package acceptance_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// sentences are what docs/security.md says of workflows, and what holds it to them. A check returns what speaks against it.
var sentences = map[string]func(workflows) []string{
	"Roles are taken by OIDC; no workflow names a stored AWS key.": func(all workflows) []string {
		return all.texts(`(?i)AWS_SECRET_ACCESS_KEY|aws-access-key-id|aws-secret-access-key`)
	},
	"A workflow permits nothing but reading the repository, if that; what a job needs beyond it, the job says.": func(all workflows) (against []string) {
		for name, w := range all.parsed {
			if w.Permissions == nil || len(*w.Permissions) > 0 && !maps.Equal(*w.Permissions, map[string]string{"contents": "read"}) {
				against = append(against, name)
			}
		}
		return against
	},
	"A job may ask for a token of OIDC only where it takes a role, or calls a workflow that does.": func(all workflows) []string {
		return all.jobs(func(j workflowJob) bool {
			return j.Permissions["id-token"] != "" && !j.uses("aws-actions/configure-aws-credentials") && !strings.HasPrefix(j.Uses, "./")
		})
	},
	"What the application brings along is fetched and run in the job `build` alone, which may read the repository and nothing else, is in no GitHub environment and takes no role.": func(all workflows) (against []string) {
		against = all.jobs(func(j workflowJob) bool {
			touches := strings.Contains(j.text(), "inputs.build") || strings.Contains(j.text(), "inputs.application }}") || strings.Contains(j.text(), "inputs.source")
			alone := maps.Equal(j.Permissions, map[string]string{"contents": "read"}) && j.Environment == "" && !j.uses("aws-actions/")
			return len(j.Steps) > 0 && touches && !alone
		})
		if b := all.parsed["deploy.yml"].Jobs["build"]; !strings.Contains(b.text(), "inputs.build") || !strings.Contains(b.text(), "inputs.application }}") {
			against = append(against, "build does not build the application")
		}
		return against
	},
	"`build` hands over one file, the finished image, by the number of its artifact and its SHA-256; it is kept for a week.": func(all workflows) []string {
		b := all.parsed["deploy.yml"].Jobs["build"]
		var uploads []step
		for _, s := range b.Steps {
			if strings.HasPrefix(s.Uses, "actions/upload-artifact@") {
				uploads = append(uploads, s)
			}
		}
		if len(uploads) != 1 || uploads[0].With["archive"] != "false" || uploads[0].With["path"] != "${{ steps.save.outputs.image }}" || uploads[0].With["retention-days"] != "7" ||
			b.Outputs["artifact"] != "${{ steps.upload.outputs.artifact-id }}" || b.Outputs["sha256"] != "${{ steps.save.outputs.sha256 }}" {
			return []string{"build hands over something else"}
		}
		return nil
	},
	"The deploying job compares that before it takes its role, and pushes the file as it is.": func(all workflows) []string {
		d := all.parsed["deploy.yml"].Jobs["deploy"]
		at := func(is func(step) bool) int { return slices.IndexFunc(d.Steps, is) }
		fetch := at(func(s step) bool { return strings.HasPrefix(s.Uses, "actions/download-artifact@") })
		check := at(func(s step) bool { return strings.Contains(s.Run, "shasum -a 256 -c") })
		role := at(func(s step) bool { return strings.HasPrefix(s.Uses, "aws-actions/") })
		push := at(func(s step) bool { return strings.Contains(s.Run, "image:push") })
		if fetch < 0 || check != fetch+1 || role < check || push < role || d.Steps[push].Env["SPLITECS_SOURCE"] != "${{ runner.temp }}/image.tar" ||
			d.Steps[check].Env["SHA256"] != "${{ needs.build.outputs.sha256 }}" || d.Steps[fetch].With["artifact-ids"] != "${{ needs.build.outputs.artifact }}" {
			return []string{"deploy does it otherwise"}
		}
		return nil
	},
	"A job with a role runs targets of the project's magefile, `git rev-parse`, `gh api` and tools of the shell, and nothing else.": func(all workflows) []string {
		return all.jobs(func(j workflowJob) bool { return j.role() && len(j.foreignCommands()) > 0 })
	},
	"A job with a role uses no cache, in which a build of the same branch could have left something, and sets no variables for later steps.": func(all workflows) []string {
		return all.jobs(func(j workflowJob) bool {
			for _, s := range j.Steps {
				if strings.HasPrefix(s.Uses, "actions/setup-go@") && s.With["cache"] != "false" {
					return j.role()
				}
			}
			return j.role() && (j.uses("actions/cache") || regexp.MustCompile(`GITHUB_(ENV|PATH)|::(set-env|add-path)`).MatchString(j.text()))
		})
	},
	"No checkout leaves its token in the folder.": func(all workflows) []string {
		return all.steps(func(s step) bool {
			return strings.HasPrefix(s.Uses, "actions/checkout@") && s.With["persist-credentials"] != "false"
		})
	},
	"Actions are pinned by commit, with the version beside it.": func(all workflows) (against []string) {
		for name, text := range all.text {
			for _, m := range pinnedAction.FindAllStringSubmatch(text, -1) {
				if !strings.HasPrefix(m[1], "./") && !regexp.MustCompile(`^[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`).MatchString(m[1]+m[2]) {
					against = append(against, name+": "+m[0])
				}
			}
		}
		return against
	},
	"No expression of GitHub stands in a script: inputs reach it as variables.": func(all workflows) []string {
		return all.steps(func(s step) bool { return strings.Contains(s.Run, "${{") })
	},
	"No workflow is started by what others may do with the repository's rights (`pull_request_target`, `workflow_run`, `issue_comment`), and pull requests of forks get no plan.": func(all workflows) []string {
		against := all.texts(`pull_request_target|workflow_run:|issue_comment`)
		if !strings.Contains(all.text["pipeline.yml"], "github.event.pull_request.head.repo.full_name == github.repository") {
			against = append(against, "pipeline.yml plans forks")
		}
		return against
	},
	"Deployments and rollbacks take the role of the GitHub environment that they are for; plans take one of their own.": func(all workflows) []string {
		return all.jobs(func(j workflowJob) bool {
			for _, s := range j.Steps {
				if !strings.HasPrefix(s.Uses, "aws-actions/configure-aws-credentials@") {
					continue
				}
				deploys := s.With["role-to-assume"] == "${{ vars.AWS_ROLE_ARN }}" && j.Environment == "${{ inputs.environment }}"
				plans := s.With["role-to-assume"] == "${{ vars.AWS_PLAN_ROLE_ARN }}" && j.Environment == "" && strings.Contains(j.text(), "infra:diff") &&
					!regexp.MustCompile(`:(deploy|destroy|push|promote|rollback)`).MatchString(j.text())
				if !deploys && !plans {
					return true
				}
			}
			return false
		})
	},
}

// bullets are the items of the list under a heading of a document, each on one line.
func bullets(text, heading string) (items []string) {
	_, section, _ := strings.Cut(text, "\n"+heading+"\n")
	section, _, _ = strings.Cut(section, "\n##")
	for line := range strings.Lines(section) {
		if item, ok := strings.CutPrefix(line, "- "); ok {
			items = append(items, strings.TrimSpace(item))
		} else if more, ok := strings.CutPrefix(line, "  "); ok && len(items) > 0 {
			items[len(items)-1] += " " + strings.TrimSpace(more)
		}
	}
	return items
}

// docs/security.md says of workflows what they do, no more and no less.
func TestTheSentencesAboutWorkflows(t *testing.T) {
	said := bullets(read(t, "docs/security.md"), "## Workflows")
	all := readWorkflows(t)
	for _, sentence := range said {
		check, ok := sentences[sentence]
		if !ok {
			t.Errorf("nothing holds the workflows to: %s", sentence)
			continue
		}
		for _, against := range check(all) {
			t.Errorf("%s\nnot so: %s", sentence, against)
		}
	}
	for sentence := range sentences {
		if !slices.Contains(said, sentence) {
			t.Errorf("docs/security.md does not say: %s", sentence)
		}
	}
}

// The checks see what they are there to see: each workflow here is one that somebody might write, and breaks one sentence.
func TestTheChecksOfWorkflowsSee(t *testing.T) {
	for _, c := range []struct{ sentence, file, old, new string }{
		{"Roles are taken", "deploy.yml", "aws-region:", "aws-access-key-id: x\n          aws-region:"},
		{"A workflow permits", "deploy.yml", "permissions: {}", "permissions:\n  contents: write"},
		{"A job may ask", "ci.yml", "    timeout-minutes: 15", "    timeout-minutes: 15\n    permissions:\n      id-token: write"},
		{"What the application brings", "deploy.yml", "    permissions:\n      contents: read\n    outputs:\n      artifact", "    permissions:\n      contents: read\n      id-token: write\n    outputs:\n      artifact"},
		{"What the application brings", "deploy.yml", "    if: inputs.image == ''\n    runs-on", "    environment: dev\n    runs-on"},
		{"What the application brings", "deploy.yml", "      - name: Deploy the infra stack\n", "      - run: bash -c \"$BUILD\"\n        env:\n          BUILD: ${{ inputs.build }}\n      - name: Deploy the infra stack\n"},
		{"`build` hands over", "deploy.yml", "path: ${{ steps.save.outputs.image }}", "path: ."},
		{"The deploying job compares", "deploy.yml", "${{ needs.build.outputs.sha256 }}", "${{ vars.SHA256 }}"},
		{"The deploying job compares", "deploy.yml", "SPLITECS_SOURCE: ${{ runner.temp }}/image.tar", "SPLITECS_SOURCE: ../application"},
		{"A job with a role runs", "deploy.yml", "        run: go tool mage infra:deploy", "        run: npm ci && go tool mage infra:deploy"},
		{"A job with a role runs", "rollback.yml", "            go tool mage service:rollback ", "            bash -c \"$REVISION\" && go tool mage service:rollback "},
		{"A job with a role runs", "plan.yml", "            cat \"$said\" >&2", "            echo \"$(make plan)\""},
		{"A job with a role uses no cache", "plan.yml", "cache: false", "cache: true"},
		{"A job with a role uses no cache", "deploy.yml", `echo "tag=${COMMIT:0:12}-$(git rev-parse --short=12 HEAD)" >>"$GITHUB_OUTPUT"`, `echo "A=$COMMIT" >>"$GITHUB_ENV"`},
		{"No checkout leaves", "ci.yml", "persist-credentials: false", "fetch-depth: 1"},
		{"Actions are pinned", "plan.yml", " # v7.0.1", ""},
		{"No expression", "plan.yml", "failed=0\n", "failed=${{ inputs.environment }}\n"},
		{"No workflow is started", "pipeline.yml", "  pull_request:\n", "  pull_request_target:\n"},
		{"Deployments and rollbacks", "rollback.yml", "    environment: ${{ inputs.environment }}\n", ""},
		{"Deployments and rollbacks", "plan.yml", "vars.AWS_PLAN_ROLE_ARN", "vars.AWS_ROLE_ARN"},
	} {
		all := readWorkflows(t)
		text := strings.ReplaceAll(all.text[c.file], c.old, c.new)
		if text == all.text[c.file] {
			t.Errorf("%s has no %q", c.file, c.old)
			continue
		}
		var w workflow
		if err := yaml.Unmarshal([]byte(text), &w); err != nil {
			t.Errorf("%s: %v", c.new, err)
			continue
		}
		all.text[c.file], all.parsed[c.file] = text, w
		for sentence, check := range sentences {
			if strings.HasPrefix(sentence, c.sentence) && len(check(all)) == 0 {
				t.Errorf("%q is not seen to break: %s", c.new, sentence)
			}
		}
	}
}
