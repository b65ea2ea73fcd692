package cfn

import (
	"fmt"
	"slices"
	"strings"
)

// fargateSize is one row of Fargate's table of task sizes.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
type fargateSize struct {
	cpu            int // units, 1024 is one vCPU
	from, to, step int // memory in MiB
}

// fargateSizes of Linux tasks, smallest first.
var fargateSizes = []fargateSize{
	{256, 512, 2048, 0}, // 512, 1024 and 2048: the only row without a step
	{512, 1024, 4096, 1024},
	{1024, 2048, 8192, 1024},
	{2048, 4096, 16384, 1024},
	{4096, 8192, 30720, 1024},
	{8192, 16384, 61440, 4096},
	{16384, 32768, 122880, 8192},
}

func (s fargateSize) offers(memory int) bool {
	if s.step == 0 {
		return memory == 512 || memory == 1024 || memory == 2048
	}
	return memory >= s.from && memory <= s.to && (memory-s.from)%s.step == 0
}

// memories in words: "512, 1024 or 2048", "4096 to 16384 in steps of 1024".
func (s fargateSize) memories() string {
	if s.step == 0 {
		return "512, 1024 or 2048"
	}
	return fmt.Sprintf("%d to %d in steps of %d", s.from, s.to, s.step)
}

// checkFargateSize reports what is wrong with a pair of CPU units and MiB, of which the latter may be left open by zero.
func checkFargateSize(cpu, memory int) (field, message string) {
	row := slices.IndexFunc(fargateSizes, func(s fargateSize) bool { return s.cpu == cpu })
	if row >= 0 && (memory == 0 || fargateSizes[row].offers(memory)) {
		return "", ""
	}
	if row >= 0 {
		return "Memory", fmt.Sprintf("%d MiB is not a Fargate size; with %d CPU units use %s", memory, cpu, fargateSizes[row].memories())
	}
	var fitting, all []string
	for _, size := range fargateSizes {
		all = append(all, fmt.Sprint(size.cpu))
		if size.offers(memory) {
			fitting = append(fitting, fmt.Sprint(size.cpu))
		}
	}
	if memory == 0 {
		return "CPU", fmt.Sprintf("%d is not a Fargate size; use %s", cpu, alternatives(all))
	}
	if len(fitting) == 0 {
		return "CPU", fmt.Sprintf("%d is not a Fargate size; use %s (and %d MiB fits none of them)", cpu, alternatives(all), memory)
	}
	return "CPU", fmt.Sprintf("%d is not a Fargate size; with %d MiB use %s", cpu, memory, alternatives(fitting))
}

// FargateSize says why Fargate does not offer CPU units and MiB together; empty where it does.
func FargateSize(cpu, memory int) (problem string) {
	_, problem = checkFargateSize(cpu, memory)
	return problem
}

// alternatives joins words: "a", "a or b", "a, b or c".
func alternatives(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
