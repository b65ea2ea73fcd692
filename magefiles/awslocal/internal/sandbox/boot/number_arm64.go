package boot

const sysSetns = 268
