"""Tells what holds the program."""

import errno
import os
import re
import socket

try:
    open("x", "w").close()
    written = "written"
except OSError as e:
    written = errno.errorcode[e.errno]
with open("/proc/self/status") as status:
    privileges = bool(re.search(r"NoNewPrivs:\s*1", status.read()))
print(os.getuid(), os.getgid(), socket.gethostname(), written, str(privileges).lower(), str(os.getpid() < 1000).lower())
