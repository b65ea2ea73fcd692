package boot

const sysSetns = 308
