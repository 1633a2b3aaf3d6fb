"""ministack, an implementation of DynamoDB that is independent of moto's.

    python ministack_server.py

prints its port once it accepts connections.
"""

import asyncio
import os
import socket

os.environ |= {"SERVICES": "dynamodb", "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0", "LOG_LEVEL": "ERROR"}

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.app import app


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(listener.getsockname()[1], flush=True)
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.loglevel = "ERROR"
    asyncio.run(serve(app, config))


if __name__ == "__main__":
    main()
