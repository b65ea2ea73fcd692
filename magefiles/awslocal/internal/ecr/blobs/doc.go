// Package blobs keeps content by digest in files, and uploads in progress beside it, so that a process may die
// at any moment and several processes can serve one folder.
//
//	blobs/sha256/ab/abcd…    content, complete and immutable
//	uploads/ID/data          bytes so far
//	uploads/ID/state.json    repository, number of bytes, state of the hash after them
//	uploads/ID/lock          held by the request that appends
//
// Bytes are hashed while they are written and never held in memory. What is in blobs/ but in no repository is
// removed by [Store.Sweep]; an upload that nobody touched for a day goes too.
//
// It does not know repositories or transactions: putting content into place and sweeping it have to be kept
// apart by the caller (both belong into a transaction of the simulated world).
//
// Imported by catalog and registry.
package blobs
