"""Runs the function in an empty root, in a network of its own: a program for `unshare --mount --net`.

    python empty_root.py BOOTSTRAP DIRECTORY debian|amazon

with the certificates where that system has them, prints what it answered, which names it asked for and the numbers of
its table, as JSON. Its DynamoDB is behind TLS, at a name.
"""

import contextlib
import fcntl
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

from dynamodb import Moto
from fault_proxy import FaultProxy
from lambda_front import event
from runtime_api import RuntimeAPI

NAME = "dynamodb.eu-central-1.example"
SIOCSIFFLAGS, IFF_UP = 0x8914, 1


def bring_loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        fcntl.ioctl(probe, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def serve_names(asked: list[str]) -> None:
    """Whatever is asked for is 127.0.0.1 (RFC 1035 §4.1)."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))

    def serve() -> None:
        while True:
            query, peer = server.recvfrom(4096)
            labels, position = [], 12
            while length := query[position]:
                labels.append(query[position + 1 : position + 1 + length].decode())
                position += 1 + length
            question = query[12 : position + 5]
            is_address = question[-4:] == b"\0\1\0\1"
            if is_address:
                asked.append(".".join(labels))
            head = query[:2] + struct.pack(">HHHHH", 0x8180, 1, int(is_address), 0, 0)
            record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1" if is_address else b""
            server.sendto(head + question + record, peer)

    threading.Thread(target=serve, daemon=True).start()


def make_certificate(directory: Path) -> tuple[Path, Path]:
    """A certificate that vouches for itself, and its key."""
    key, certificate = directory / "key.pem", directory / "certificate.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj"
    subprocess.run(
        [*command.split(), f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    return certificate, key


CERTIFICATES = {"debian": "etc/ssl/certs/ca-certificates.crt", "amazon": "etc/pki/tls/certs/ca-bundle.crt"}


def main(program: Path, directory: Path, system: str) -> None:
    bring_loopback_up()
    asked: list[str] = []
    serve_names(asked)
    certificate, key = make_certificate(directory)
    root = directory / "root"
    certificates = root / CERTIFICATES[system]
    for folder in (root / "proc", root / "etc/ssl", certificates.parent):
        folder.mkdir(parents=True, exist_ok=True)
    if system == "amazon":
        (root / "etc/ssl/certs").symlink_to("../pki/tls/certs")
    subprocess.run(["mount", "-t", "proc", "proc", root / "proc"], check=True)
    (root / "etc/resolv.conf").write_text("nameserver 127.0.0.1\n")
    shutil.copy(certificate, certificates)
    shutil.copy(program, root / "bootstrap")

    moto = Moto().start()
    try:
        table = moto.make_table()
        with FaultProxy(moto.port, certificate, key) as proxy, RuntimeAPI() as api:
            settings = table.settings | {"HEADCOUNT_DYNAMODB_ENDPOINT": f"https://{NAME}:{proxy.port}"}
            process = subprocess.Popen(
                ["/bootstrap"],
                env=settings | {"AWS_LAMBDA_RUNTIME_API": api.authority},
                stdout=sys.stderr,
                preexec_fn=lambda: os.chroot(root),
                cwd="/",
            )
            try:
                api.hand_out(json.dumps(event()).encode())
                answer = json.loads(api.answer().body)
            finally:
                process.kill()
                process.wait()
            print(json.dumps({"answer": answer, "names asked for": sorted(set(asked)), "numbers": table.numbers()}))
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            subprocess.run(["umount", root / "proc"], check=True)
        moto.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
