package template

import (
	"math/big"
	"net/netip"
	"strconv"
)

const cidrForm = "Template error: every Fn::Cidr object requires two or three parameters, (1) an IP block, (2) the number of CIDRs, and (3) the number of subnet bits."

// cidr is Fn::Cidr: count blocks with cidrBits host bits each, from the start of the block.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-cidr.html
func (s *Scope) cidr(argument any) (any, error) {
	list, ok := argument.([]any)
	if !ok || len(list) < 2 || len(list) > 3 {
		return nil, errorf(cidrForm)
	}
	var texts []string
	for _, item := range list {
		v, err := s.Resolve(item)
		if err != nil {
			return nil, err
		}
		if _, unknown := v.(Unknown); unknown {
			return v, nil
		}
		text, ok := scalarText(v)
		if !ok {
			return nil, errorf(cidrForm)
		}
		texts = append(texts, text)
	}
	block, err := netip.ParsePrefix(texts[0])
	if err != nil {
		return nil, errorf("Template error: Fn::Cidr: %s is not a CIDR block", texts[0])
	}
	count, err := strconv.Atoi(texts[1])
	if err != nil || count < 1 || count > 256 {
		return nil, errorf("Template error: Fn::Cidr: the number of CIDRs must be between 1 and 256")
	}
	width := block.Addr().BitLen()
	bits := width - block.Bits()
	if len(texts) == 3 {
		if bits, err = strconv.Atoi(texts[2]); err != nil {
			return nil, errorf(cidrForm)
		}
	} else if bits > 8 {
		bits = 8
	}
	return blocks(block.Masked(), count, bits)
}

func blocks(block netip.Prefix, count, bits int) (any, error) {
	width := block.Addr().BitLen()
	free := width - block.Bits() - bits
	if bits < 1 || free < 0 || (free < 9 && count > 1<<free) {
		return nil, errorf("Template error: Fn::Cidr: %s does not hold %d blocks with %d host bits", block, count, bits)
	}
	start := new(big.Int).SetBytes(block.Addr().AsSlice())
	step := new(big.Int).Lsh(big.NewInt(1), uint(bits))
	out := []any{}
	for range count {
		addr, _ := netip.AddrFromSlice(start.FillBytes(make([]byte, width/8)))
		out = append(out, netip.PrefixFrom(addr, width-bits).String())
		start.Add(start, step)
	}
	return out, nil
}
