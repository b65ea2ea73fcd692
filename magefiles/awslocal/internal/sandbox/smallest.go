package sandbox

import (
	"bytes"
	"encoding/binary"
	"runtime"
)

// smallestCode is the exit code of the smallest program.
const smallestCode = 42

// smallest is a program for this processor that ends with smallestCode: 64 bytes of head, 56 of what is loaded where, and the code.
// https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
func smallest() []byte {
	machine, code := uint16(62), []byte{ // x86-64
		0xbf, smallestCode, 0, 0, 0, // mov edi, 42
		0xb8, 60, 0, 0, 0, // mov eax, 60: exit
		0x0f, 0x05, // syscall
	}
	if runtime.GOARCH == "arm64" {
		machine = 183
		code = binary.LittleEndian.AppendUint32(nil, 0xd2800000|smallestCode<<5) // mov x0, 42
		code = binary.LittleEndian.AppendUint32(code, 0xd2800000|93<<5|8)        // mov x8, 93: exit
		code = binary.LittleEndian.AppendUint32(code, 0xd4000001)                // svc 0
	}
	const at, head, one = 0x400000, 64, 56
	size := uint64(head + one + len(code))
	var b bytes.Buffer
	b.Write([]byte{0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	for _, v := range []any{
		uint16(2), machine, uint32(1), uint64(at + head + one), uint64(head), uint64(0), uint32(0), uint16(head), uint16(one), uint16(1), uint16(0), uint16(0), uint16(0),
		uint32(1), uint32(5), uint64(0), uint64(at), uint64(at), size, size, uint64(0x1000), // loaded, to be read and executed
	} {
		binary.Write(&b, binary.LittleEndian, v)
	}
	b.Write(code)
	return b.Bytes()
}
