"""AWS as far as Headcount uses it: moto, in a process of its own.

    python moto_server.py

prints its port once it listens. One request at a time: with threads, moto restores a copy of its whole state when a
transaction is cancelled, and so loses other clients' writes.
"""

import logging

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server


def main() -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=False)
    print(server.port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
