"""A root directory with only what the function needs: certificates, in Amazon Linux's place, and a name server."""

import random
import shutil
import socket
import struct
import subprocess
import threading
from pathlib import Path

NAME = "dynamodb.eu-central-1.example"


def make_certificate(directory: Path) -> tuple[Path, Path]:
    """Makes a self-signed certificate for NAME; returns it and its key."""
    key, certificate = directory / "key.pem", directory / "certificate.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj"
    subprocess.run(
        [*command.split(), f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    return certificate, key


def make_root(root: Path, program: Path, certificate: Path, name_server: str) -> None:
    certificates = root / "etc/pki/tls/certs"
    certificates.mkdir(parents=True)
    shutil.copy(certificate, certificates / "ca-bundle.crt")
    (root / "etc/ssl").mkdir()
    (root / "etc/ssl/certs").symlink_to("../pki/tls/certs")
    (root / "etc/resolv.conf").write_text(f"nameserver {name_server}\n")
    shutil.copy(program, root / "bootstrap")
    # The only part of /proc that Swift's runtime needs; mounting /proc could fail in a container.
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/exe").symlink_to("/bootstrap")


def serve_names(asked: set[str]) -> str:
    """Starts a name server that resolves every name to 127.0.0.1 (RFC 1035 §4.1); returns its address, on port 53."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    address = f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.53"
    server.bind((address, 53))

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
                asked.add(".".join(labels))
            head = query[:2] + struct.pack(">HHHHH", 0x8180, 1, int(is_address), 0, 0)
            record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1" if is_address else b""
            server.sendto(head + question + record, peer)

    threading.Thread(target=serve, daemon=True).start()
    return address
