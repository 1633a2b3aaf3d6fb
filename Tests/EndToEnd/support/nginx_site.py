"""nginx with the files of deploy/nginx, laid out as when installed."""

import os
import shutil
import subprocess
from pathlib import Path

from deadline import until
from documents import commands
from responder import REPOSITORY
from webserver import NGINX, free_port, listens

CONFIGURATION = """\
pid nginx.pid;
worker_processes 1;
events {{}}
http {{
    client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
    access_log access.log;
    include conf.d/headcount.conf;
    {site}
}}
"""

EXISTING_SITE = """
    server {{
        listen 127.0.0.1:{port};
        {also_include}
        include snippets/headcount.conf;
    }}
"""


class InstalledNginx:
    """One worker on a loopback port, in front of the responder whose socket is in the same directory."""

    def __init__(self, directory: Path) -> None:
        self.prefix = directory / "etc-nginx"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        shutil.copytree(REPOSITORY / "deploy/nginx", self.prefix)
        self.edit("conf.d/headcount.conf", "/run/headcount/headcount.sock", str(directory / "headcount.sock"))

    @property
    def access_log(self) -> str:
        return (self.prefix / "access.log").read_text()

    @property
    def error_log(self) -> str:
        return (self.prefix / "error.log").read_text()

    def edit(self, path: str, old: str, new: str) -> None:
        """Replaces what must differ in a test, such as an address, a certificate or a long timeout."""
        file = self.prefix / path
        text = file.read_text()
        assert old in text, f"{path} does not contain {old!r}"
        file.write_text(text.replace(old, new))

    def start(self, also_include: str = "") -> None:
        """Starts nginx with a site that includes `also_include` and then the snippet."""
        self._start(EXISTING_SITE.format(port=self.port, also_include=also_include))

    def follow(self, how_to: str) -> None:
        """Runs commands of docs/vps.md on these files. `sudo` and what needs a booted machine do nothing."""
        examples = REPOSITORY / "deploy/nginx/sites-available"
        how_to = how_to.replace("/usr/share/doc/headcount/examples/nginx", str(examples))
        how_to = how_to.replace("/etc/nginx", str(self.prefix))
        stubs = 'sudo() { "$@"; }; nginx() { :; }; systemctl() { :; }'
        environment = os.environ | {"HOME": str(self.prefix)}
        subprocess.run(["sh", "-euc", f"{stubs}\n{how_to}"], check=True, env=environment, stdout=subprocess.DEVNULL)

    def start_whole_site(self, name: str, redirecting_port: int) -> None:
        """Starts nginx with the example site with TLS; only ports and certificate differ."""
        (self.prefix / "sites-enabled").mkdir()
        _, enable = commands("docs/vps.md", "A separate host, with TLS")
        self.follow(enable.replace("name=counter.example.com", f"name={name}"))
        example = "sites-available/headcount.conf"
        self.edit(example, "listen 80;", f"listen 127.0.0.1:{redirecting_port};")
        self.edit(example, "listen 443 ", f"listen 127.0.0.1:{self.port} ")
        self.edit(example, "    listen [::]:80;\n", "")
        self.edit(example, "    listen [::]:443 ssl http2;\n", "")
        self.edit(example, f"/etc/letsencrypt/live/{name}", str(self.prefix))
        self.edit(example, "/var/www/html", str(self.prefix))
        new_certificate = (
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 "
            f"-subj /CN={name} -keyout privkey.pem -out fullchain.pem"
        )
        subprocess.run(new_certificate.split(), cwd=self.prefix, check=True, capture_output=True)
        self._start("include sites-enabled/headcount.conf;")

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=60)

    def _start(self, site: str) -> None:
        (self.prefix / "nginx.conf").write_text(CONFIGURATION.format(site=site))
        directives = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
        self.process = subprocess.Popen(
            [NGINX, "-p", self.prefix, "-c", "nginx.conf", "-e", "error.log", "-g", directives]
        )
        until(lambda: listens(self.port) or self.process.poll() is not None, "nginx listens")
        assert self.process.poll() is None, self.error_log
