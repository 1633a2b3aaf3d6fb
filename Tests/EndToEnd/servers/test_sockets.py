"""How the responder gets its socket, and what it reports to systemd over NOTIFY_SOCKET (sd_notify(3))."""

import socket

import pytest
import responder as program
from webserver import free_port


@pytest.fixture
def passed(directory):
    """A listening socket that the parent process holds."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(directory / "passed.sock"))
        server.listen(64)
        yield server


def test_a_socket_on_standard_input_overrides_the_setting(make_responder, passed, directory):
    """As spawn-fcgi and systemd's `StandardInput=socket` pass it."""
    responder = make_responder(HEADCOUNT_LISTEN=directory / "unused.sock")
    responder.address = directory / "passed.sock"
    responder.start(stdin=passed)
    assert responder.ask("/headcount").json["count"] == 1
    assert not (directory / "unused.sock").exists()


def test_a_socket_can_be_passed_by_systemd(make_responder):
    with socket.create_server(("127.0.0.1", 0)) as passed:
        responder = make_responder(HEADCOUNT_LISTEN="", LISTEN_FDS=1)
        responder.address = passed.getsockname()
        responder.start(["sh", "-c", 'LISTEN_PID=$$ exec "$0" 3<&0 </dev/null', str(program.BINARY)], stdin=passed)
        assert responder.ask("/headcount").json["count"] == 1


def test_any_user_may_connect_to_a_unix_socket_from_the_setting(make_responder):
    responder = make_responder("own").start()
    assert responder.ask("/headcount").json["count"] == 1
    assert responder.address.stat().st_mode & 0o777 == 0o666


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_the_setting_can_be_an_address_and_a_port(make_responder, host):
    address = (host.strip("[]"), free_port())
    if ":" in address[0]:
        try:
            socket.create_server(address, family=socket.AF_INET6).close()
        except OSError:
            pytest.skip("this machine has no IPv6")
    responder = make_responder(HEADCOUNT_LISTEN=f"{host}:{address[1]}")
    responder.address = address
    assert responder.start().ask("/headcount").json["count"] == 1


@pytest.mark.parametrize("passed", [{}, {"LISTEN_FDS": 1, "LISTEN_PID": 1}], ids=["nothing", "another process's"])
def test_having_no_socket_is_a_clear_error(directory, passed):
    result = program.run(HEADCOUNT_DATABASE=directory / "headcount.db", **passed)
    assert (result.returncode, result.stdout) == (78, "")
    [line] = result.stderr.splitlines()
    assert "HEADCOUNT_LISTEN" in line
    assert list(directory.iterdir()) == []


@pytest.mark.parametrize("kind", ["a live responder's", "an occupied port", "a file"])
def test_an_address_in_use_or_a_file_is_refused_and_left_alone(start_responder, directory, kind):
    first = start_responder()
    file = directory / "file"
    file.write_text("years of work")
    with socket.create_server(("127.0.0.1", 0)) as occupied:
        port = f"127.0.0.1:{occupied.getsockname()[1]}"
        place = {"a live responder's": first.address, "an occupied port": port, "a file": file}[kind]
        result = program.run(HEADCOUNT_LISTEN=place, HEADCOUNT_DATABASE=directory / "second.db")
    assert (result.returncode, result.stdout) == (69, "")
    [line] = result.stderr.splitlines()
    assert f"HEADCOUNT_LISTEN={place}" in line
    assert ("another process" in line) == (kind != "a file")
    assert file.read_text() == "years of work"
    assert first.ask("/headcount").json["count"] == 1


def test_systemd_is_notified_of_start_life_and_end(make_responder, directory):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as inbox:
        inbox.bind(str(directory / "notify"))
        inbox.settimeout(60)
        responder = make_responder(NOTIFY_SOCKET=inbox.getsockname(), WATCHDOG_USEC=200_000)
        responder.launch()
        assert inbox.recv(100) == b"READY=1"
        assert responder.database.exists()
        assert [inbox.recv(100) for _ in range(3)] == [b"WATCHDOG=1"] * 3
        responder.wait()
        assert responder.stop() == 0
        while (message := inbox.recv(100)) == b"WATCHDOG=1":
            pass
        assert message == b"STOPPING=1"
