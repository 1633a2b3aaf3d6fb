"""What systemd hears from the responder over NOTIFY_SOCKET (sd_notify(3))."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from responder import Responder


@pytest.fixture
def inbox(directory: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(directory / "notify"))
        receiver.settimeout(10)
        yield receiver


def test_it_hears_that_the_store_is_open_and_that_the_responder_ends(
    make_responder: Callable[..., Responder], inbox: socket.socket
) -> None:
    responder = make_responder(NOTIFY_SOCKET=inbox.getsockname())
    responder.launch()
    assert inbox.recv(100) == b"READY=1"
    assert responder.database.exists()
    assert responder.ask("/healthz").status == 200
    assert inbox.recv(100) == b"WATCHDOG=1"
    assert responder.stop() == 0
    assert inbox.recv(100) == b"STOPPING=1"


def test_it_does_not_hear_of_a_responder_that_has_no_store(
    make_responder: Callable[..., Responder], inbox: socket.socket
) -> None:
    responder = make_responder(NOTIFY_SOCKET=inbox.getsockname())
    responder.database.write_text("not a database")
    responder.launch()
    assert responder.process.wait(timeout=10) == os.EX_DATAERR
    responder.process = None
    inbox.setblocking(False)
    with pytest.raises(BlockingIOError):
        inbox.recv(100)


def test_it_hears_signs_of_life_until_the_loop_hangs(
    make_responder: Callable[..., Responder], inbox: socket.socket
) -> None:
    responder = make_responder(NOTIFY_SOCKET=inbox.getsockname(), WATCHDOG_USEC=200_000)
    responder.start()
    assert inbox.recv(100) == b"READY=1"
    assert [inbox.recv(100) for _ in range(5)] == [b"WATCHDOG=1"] * 5
    responder.process.send_signal(signal.SIGSTOP)
    try:
        # Those that were sent before it stopped; then silence for more than the watchdog's time.
        inbox.settimeout(0.3)
        with pytest.raises(TimeoutError):
            for _ in range(100):
                inbox.recv(100)
    finally:
        responder.process.send_signal(signal.SIGCONT)
    inbox.settimeout(10)
    assert inbox.recv(100) == b"WATCHDOG=1"


def test_a_watchdog_of_another_process_is_not_ours(
    make_responder: Callable[..., Responder], inbox: socket.socket
) -> None:
    responder = make_responder(NOTIFY_SOCKET=inbox.getsockname(), WATCHDOG_USEC=2, WATCHDOG_PID=1)
    responder.start()
    assert [inbox.recv(100) for _ in range(2)] == [b"READY=1", b"WATCHDOG=1"]
    inbox.settimeout(0.3)
    with pytest.raises(TimeoutError):
        inbox.recv(100)
