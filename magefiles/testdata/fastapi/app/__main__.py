import os

import uvicorn

from .main import app

uvicorn.run(app, host="0.0.0.0", port=int(os.environ["PORT"]), timeout_keep_alive=65)
