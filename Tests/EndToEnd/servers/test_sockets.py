"""The ways to get the socket."""

import socket
import subprocess

import pytest
import records
import responder as program
from webserver import free_port


def listening(family, address):
    server = socket.socket(family)
    server.bind(address)
    server.listen(64)
    return server


@pytest.fixture(params=["unix", "tcp"])
def server(request, directory):
    """A listening socket that a parent holds, and its address."""
    if request.param == "unix":
        path = directory / "passed.sock"
        with listening(socket.AF_UNIX, str(path)) as server:
            yield server, path
    else:
        with listening(socket.AF_INET, ("127.0.0.1", 0)) as server:
            yield server, server.getsockname()


def test_as_standard_input(make_responder, server):
    """As spawn-fcgi and systemd's `StandardInput=socket` pass it."""
    passed, address = server
    responder = make_responder(HEADCOUNT_LISTEN="")
    responder.address = address
    responder.start(stdin=passed)
    assert responder.ask("/count").json["count"] == 1


def test_as_systemd_passes_it(make_responder, server):
    passed, address = server
    responder = make_responder(HEADCOUNT_LISTEN="", LISTEN_FDS=1)
    responder.address = address
    responder.start(["sh", "-c", 'LISTEN_PID=$$ exec "$0" 3<&0 </dev/null', str(program.BINARY)], stdin=passed)
    assert responder.ask("/count").json["count"] == 1


def test_a_passed_socket_goes_before_the_setting(make_responder, server, directory):
    passed, address = server
    responder = make_responder(HEADCOUNT_LISTEN=directory / "unused.sock")
    responder.address = address
    responder.start(stdin=passed)
    assert responder.ask("/count").json["count"] == 1
    assert not (directory / "unused.sock").exists()


def test_a_passed_socket_stays_its_parents(make_responder, server):
    """The backlog keeps who comes between two responders."""
    passed, address = server
    responder = make_responder(HEADCOUNT_LISTEN="")
    responder.address = address
    responder.start(stdin=passed)
    assert responder.stop() == 0
    with responder.connect() as waiting:
        responder.launch(stdin=passed)
        assert waiting.ask("/count").json["count"] == 1


def test_a_setting_names_a_unix_socket(make_responder):
    responder = make_responder("own").start()
    assert responder.settings["HEADCOUNT_LISTEN"] == responder.address
    assert responder.address.is_socket()
    assert responder.ask("/count").json["count"] == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_a_setting_names_an_address_and_a_port(make_responder, host):
    if host == "[::1]" and not has_ipv6():
        pytest.skip("no IPv6 here")
    port = free_port()
    responder = make_responder(HEADCOUNT_LISTEN=f"{host}:{port}")
    responder.address = (host.strip("[]"), port)
    assert responder.start().ask("/count").json["count"] == 1


def has_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    "passed",
    [{}, {"LISTEN_FDS": 1, "LISTEN_PID": 1}, {"LISTEN_FDS": 0}, {"LISTEN_FDS": "x", "LISTEN_PID": "y"}],
    ids=["nothing", "another process's", "none", "nonsense"],
)
def test_none_at_all_is_a_clear_error(directory, passed):
    ended = program.run(HEADCOUNT_DATABASE=directory / "headcount.db", **passed)
    assert ended.returncode == 78
    assert ended.stdout == ""
    [line] = ended.stderr.splitlines()
    assert "HEADCOUNT_LISTEN" in line
    assert list(directory.iterdir()) == []


def test_a_descriptor_that_is_no_listening_socket_is_none(directory):
    mine, theirs = socket.socketpair()
    with mine, theirs:
        ended = subprocess.run(
            [program.BINARY],
            env=program.environment(HEADCOUNT_DATABASE=directory / "headcount.db"),
            stdin=theirs,
            capture_output=True,
            timeout=20,
        )
    assert ended.returncode == 78


def test_the_socket_of_a_dead_responder_is_replaced(start_responder):
    responder = start_responder()
    responder.ask("/count")
    responder.kill()
    assert responder.address.is_socket()
    responder.start()
    assert responder.ask("/count").json["count"] == 2


def test_the_socket_of_a_live_responder_is_refused(start_responder, directory):
    responder = start_responder()
    second = program.run(HEADCOUNT_LISTEN=responder.address, HEADCOUNT_DATABASE=directory / "second.db")
    assert_refused(second, responder.address)
    assert responder.ask("/count").json["count"] == 1


def test_a_port_that_is_taken_is_refused(directory):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert_refused(program.run(HEADCOUNT_LISTEN=address, HEADCOUNT_DATABASE=directory / "headcount.db"), address)


def test_a_file_that_is_no_socket_is_never_replaced(directory):
    path = directory / "precious.txt"
    path.write_text("years of work")
    ended = program.run(HEADCOUNT_LISTEN=path, HEADCOUNT_DATABASE=directory / "headcount.db")
    assert path.read_text() == "years of work"
    assert_refused(ended, path)
    assert "another process" not in ended.stderr


@pytest.mark.parametrize("kind", ["directory", "missing"])
def test_a_path_that_can_not_be_a_socket_is_refused(directory, kind):
    path = directory / "place"
    if kind == "directory":
        path.mkdir()
    else:
        path = path / "nowhere.sock"
    ended = program.run(HEADCOUNT_LISTEN=path, HEADCOUNT_DATABASE=directory / "headcount.db")
    assert_refused(ended, path)
    assert "another process" not in ended.stderr


def test_nginx_may_connect_as_another_user(start_responder):
    responder = start_responder()
    assert responder.address.stat().st_mode & 0o777 == 0o666


def test_arguments_are_ignored(make_responder):
    """A web server may make them of the query (RFC 3875 §4.4)."""
    responder = make_responder()
    responder.start([str(program.BINARY), "--help", "-x", "page=/a"])
    assert responder.ask("/count").json == {"count": 1, "unique": 1}
    assert records.site(responder.database) == (1, 1)


def assert_refused(ended, address):
    assert ended.returncode not in (0, -6, -11)
    assert ended.stdout == ""
    [line] = ended.stderr.splitlines()
    assert f"HEADCOUNT_LISTEN={address}" in line
