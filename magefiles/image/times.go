package image

import (
	"hash/crc32"
	"time"
)

// earliest is the time of everything in a layer that has no content: folders, links and empty files. It is not 0,
// which programs take for "unknown" (Next.js never renders a page anew whose file has the time 0), and not before 1980,
// where the times of zip archives begin, which are local ones: a day later it is 1980 in every time zone.
var earliest = time.Date(1980, time.January, 2, 0, 0, 0, 0, time.UTC)

// span is how many seconds after earliest the times of contents lie: 34 years, so that the latest of them, in January
// 2014, is in the past on every machine.
const span = 1 << 30

// contents is the polynomial of the checksum from which times are made. It is the one of iSCSI (RFC 3720), for which
// processors have an instruction: many times as fast as SHA-256, and the same on every machine and in every version of
// Go. It need not withstand anybody: two contents with one time only share what a server makes of times.
var contents = crc32.MakeTable(crc32.Castagnoli)

// contentTime is the time of a file by the checksum of its content: equal content has an equal time, so that a new
// checkout is no new layer, and another content another time, so that the ETag and the Last-Modified that servers make
// of size and time tell one release's file from the next one's.
func contentTime(checksum uint32) time.Time {
	return earliest.Add(time.Duration(checksum%span) * time.Second)
}
