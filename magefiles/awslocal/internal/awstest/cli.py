"""Runs commands of the aws CLI, one JSON object a line, in one process: most of a command's time is its start."""
import json
import os
import sys
import tempfile

from awscli.clidriver import create_clidriver

answers = os.fdopen(os.dup(1), "w")
driver = create_clidriver()
for line in sys.stdin:
    saved = [os.dup(1), os.dup(2)]
    files = [tempfile.TemporaryFile(), tempfile.TemporaryFile()]
    for fd, file in zip((1, 2), files):
        os.dup2(file.fileno(), fd)
    try:
        code = driver.main(json.loads(line))
    except SystemExit as e:
        code = e.code
    sys.stdout.flush()
    sys.stderr.flush()
    texts = []
    for fd, old, file in zip((1, 2), saved, files):
        os.dup2(old, fd)
        os.close(old)
        file.seek(0)
        texts.append(file.read().decode())
        file.close()
    print(json.dumps({"Code": code or 0, "Out": texts[0], "Err": texts[1]}), file=answers, flush=True)
