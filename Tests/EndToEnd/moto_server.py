"""AWS as far as Headcount uses it: moto, in a process of its own.

    python moto_server.py [--any-signature]

prints its port once it listens. One request at a time: with threads, moto restores a copy of its whole state when a
transaction is cancelled, and so loses other clients' writes. With --any-signature it looks at permissions only: moto
takes right signatures for wrong ones where a request has no body but a Content-Type, as Terraform's AWS provider sends.
"""

import logging
import sys

from moto.iam.access_control import IAMRequestBase
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server


def main() -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    if "--any-signature" in sys.argv:
        IAMRequestBase.check_signature = lambda _: None
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=False)
    print(server.port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
