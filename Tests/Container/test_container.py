"""The image of Containerfile behind nginx, with the options of deploy/container/compose.yaml, under Podman.

No registry is needed: scripts/make-debian-root makes Debian's image, and `make build` the programs that the first stage
would build. So neither the pull of the base images nor that stage is tested here; a release tests both.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from deadline import until
from responder import REPOSITORY
from webserver import free_port, request

DEBIAN = "docker.io/library/debian:bookworm-slim"


class Podman:
    """Podman with its own storage, so that nothing of this machine is touched."""

    def __init__(self, folder: Path) -> None:
        settings = folder / "containers.conf"
        # The limits that it would set itself need a privilege that a container or a small virtual machine may lack.
        settings.write_text('[containers]\ndefault_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]\n')
        self.environment = os.environ | {"CONTAINERS_CONF": str(settings)}
        self.command = ["podman", f"--root={folder}/storage", f"--runroot={folder}/run", "--runtime=runc"]
        self.command += [f"--tmpdir={folder}/tmp", "--cgroup-manager=cgroupfs", "--events-backend=file"]

    def attempt(self, *arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
        command = [*self.command, *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=300, **options)

    def __call__(self, *arguments: str | Path, **options: object) -> str:
        done = self.attempt(*arguments, **options)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture(scope="module")
def podman() -> Iterator[Podman]:
    if os.geteuid() != 0:
        pytest.skip("only root can make the Debian that the image is based on")
    # A short path: Podman refuses those over 50 characters.
    folder = Path(tempfile.mkdtemp(prefix="headcount-podman-", dir="/tmp"))
    podman = Podman(folder)
    made = subprocess.run([REPOSITORY / "scripts/make-debian-root", "apt"], check=True, stdout=-1, text=True)
    with subprocess.Popen(["tar", "--create", f"--directory={made.stdout.strip()}", "."], stdout=-1) as archive:
        podman("import", "-", DEBIAN, stdin=archive.stdout)
    works = podman.attempt("run", "--rm", "--network=none", DEBIAN, "true")
    if works.returncode != 0:
        shutil.rmtree(folder)
        pytest.skip(f"Podman can't run a container here: {works.stderr}")
    yield podman
    podman("rm", "--all", "--force", "--time=0")
    subprocess.run(["umount", "--quiet", folder / "storage/overlay"])
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def image(podman: Podman, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The last stage of Containerfile, with the programs of `make build` in place of the first stage."""
    stage = tmp_path_factory.mktemp("stage")
    environment = os.environ | {"DESTDIR": str(stage / "image"), "PREFIX": "/usr"}
    subprocess.run([REPOSITORY / "scripts/install"], env=environment, check=True)
    (stage / "etc/ssl/certs").mkdir(parents=True)
    (stage / "etc/ssl/certs/ca-certificates.crt").touch()
    _, last = (REPOSITORY / "Containerfile").read_text().split(f"FROM {DEBIAN}")
    file = stage / "Containerfile"
    file.write_text(f"FROM {DEBIAN}{last}")
    podman("build", "--format=docker", "--network=host", "--pull=never", f"--build-context=build={stage}",
           f"--file={file}", "--tag=headcount", REPOSITORY)  # fmt: skip
    return "headcount"


def options(file: str) -> list[str]:
    """What a compose file says of the service, as options of `podman run`."""
    service = yaml.safe_load((REPOSITORY / "deploy/container" / file).read_text())["services"]["headcount"]
    given = [f"--volume={volume}" for volume in service["volumes"]]
    for name, value in service["environment"].items():
        given.append(f"--env={name}=" + re.sub(r"\$\{\w+:-(.*)\}", r"\1", value))  # without an .env file
    given += [f"--cap-drop={name}" for name in service["cap_drop"]]
    given += [f"--security-opt={option}" for option in service["security_opt"]]
    # Without this, Podman would make /tmp and /run writable, which Docker does not.
    given += ["--read-only-tmpfs=false", f"--read-only={str(service['read_only']).lower()}"]
    return given


def answers(port: int) -> bool:
    with contextlib.suppress(ConnectionError):
        return request(port, "/headcount/healthz").status == 200
    return False


def is_healthy(podman: Podman, name: str) -> bool:
    return podman.attempt("healthcheck", "run", name).returncode == 0


@pytest.fixture(scope="module")
def port(podman: Podman, image: str) -> int:
    """The port of an nginx in its own container, which shares only the socket with Headcount."""
    podman("run", "--detach", "--name=headcount", "--network=none", *options("compose.yaml"), image)
    until(lambda: is_healthy(podman, "headcount"), "Headcount is healthy")
    install = f"FROM {DEBIAN}\nRUN apt-get update && apt-get install --yes --no-install-recommends nginx-light\n"
    podman("build", "--network=host", "--pull=never", "--tag=nginx", "-", input=install)
    port = free_port()
    site = (REPOSITORY / "deploy/container/site.conf").read_text()
    file = Path(podman.environment["CONTAINERS_CONF"]).with_name("site.conf")
    file.write_text(site.replace("listen 80;", f"listen 127.0.0.1:{port};"))
    mounts = {
        file: "conf.d/default.conf",
        REPOSITORY / "deploy/nginx/conf.d/headcount.conf": "conf.d/headcount.conf",
        REPOSITORY / "deploy/nginx/snippets": "snippets",
        "/dev/null": "sites-enabled/default",
    }
    volumes = [f"--volume={source}:/etc/nginx/{target}:ro" for source, target in mounts.items()]
    podman("run", "--detach", "--name=nginx", "--network=host", "--volume=socket:/run/headcount", *volumes, "nginx",
           "nginx", "-g", "daemon off;")  # fmt: skip
    until(lambda: answers(port), "nginx answers")
    return port


def count(port: int) -> int:
    answer = request(port, "/headcount")
    assert answer.status == 200, answer
    return answer.json["count"]


def test_a_visit_is_counted_and_the_owner_sees_it(podman: Podman, port: int) -> None:
    visits = count(port)
    assert visits > 0
    assert f'"count":{visits}' in podman("exec", "headcount", "headcount", "export")
    assert podman("exec", "headcount", "headcount", "check", "--quiet") == ""


@pytest.mark.usefixtures("port")
def test_it_runs_without_root_capabilities_or_a_writable_system(podman: Podman) -> None:
    status = podman("exec", "headcount", "cat", "/proc/1/status")
    assert "Uid:\t65532\t65532" in status
    assert "CapEff:\t0000000000000000" in status and "CapBnd:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status
    writable = podman.attempt("exec", "headcount", "find", "/", "-xdev", "-writable", "-not", "-type", "l")
    assert set(writable.stdout.splitlines()) == {"/run/headcount", "/var/lib/headcount"}
    refused = podman.attempt("exec", "headcount", "touch", "/tmp/file")
    assert "Read-only file system" in refused.stderr


def test_the_numbers_survive_a_stop_which_takes_no_kill(podman: Podman, port: int) -> None:
    visits = count(port)
    podman("stop", "--time=20", "headcount")
    state = json.loads(podman("inspect", "headcount"))[0]["State"]
    assert state["ExitCode"] == 0
    podman("start", "headcount")
    until(lambda: answers(port), "nginx answers again")
    assert count(port) == visits + 1


@pytest.mark.usefixtures("port")
def test_a_responder_that_hangs_is_unhealthy(podman: Podman) -> None:
    podman("kill", "--signal=STOP", "headcount")
    try:
        assert not is_healthy(podman, "headcount")
    finally:
        podman("kill", "--signal=CONT", "headcount")
    until(lambda: is_healthy(podman, "headcount"), "Headcount is healthy again")


def test_the_health_check_also_asks_an_address_and_a_port(podman: Podman, image: str) -> None:
    given = [*options("compose.host-nginx.yaml"), "--env=HEADCOUNT_BASE_PATH=/counter"]
    podman("run", "--detach", "--name=tcp", "--network=none", *given, image)
    until(lambda: is_healthy(podman, "tcp"), "Headcount is healthy")
