// Package sim is the kernel of the embedded AWS: a discrete-event simulation whose whole state lies in a folder.
//
// It knows transactions, tables of records, a queue of things that will happen, a clock and identifiers. Nothing runs in the
// background: each transaction first lets happen what is due by now, then does its own work, then saves the records that it
// changed. What it does not ask for it neither reads nor writes. Handlers are functions of the state and the time of their
// event, so that what time alone has done need not be saved at once: it is done again. So a process may be killed at any
// time, the simulated world goes on while no process looks, several processes can share one folder, and a test that moves the
// clock by hand sees the same world every time.
//
// It does not know AWS: services register their state and their handlers here.
//
// Imported by services, awslocal, awstest, catalog and supervisor.
package sim
