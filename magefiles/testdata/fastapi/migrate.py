import json
import os
import sys

arguments = json.dumps(sys.argv[1:], separators=(",", ":"))
print(f"migrated for {os.environ['GREETING']}, arguments {arguments}")
