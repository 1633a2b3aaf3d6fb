"""Apache, Caddy and lighttpd as child processes."""

import os
import shutil
import subprocess
from pathlib import Path

from deadline import until
from webserver import free_port, listens

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"

APACHE = """
ServerRoot {home}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {home}/apache.pid
DefaultRuntimeDir {home}
Mutex pthread
ErrorLog {home}/error.log
{modules}
LogFormat "%h %U" combined
CustomLog {home}/access.log combined env=!headcount
DocumentRoot {home}/htdocs
"""

LIGHTTPD = """
server.document-root = "{home}/htdocs"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{home}/error.log"
server.breakagelog = "{home}/error.log"
server.modules += ( "mod_accesslog" )
accesslog.filename = "{home}/access.log"
server.upload-dirs = ( "{home}" )
"""


class WebServer:
    """A web server on a loopback port, with its files in one folder."""

    def __init__(self, name: str, directory: Path) -> None:
        self.name = name
        self.home = directory / "home"
        (self.home / "htdocs").mkdir(parents=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        # Where Headcount's paths begin.
        self.base = self.url
        self.process: subprocess.Popen[bytes] | None = None
        if name == "apache2" and os.geteuid() == 0:
            # Apache started by root runs as another user, who needs access to the folder.
            directory.chmod(0o755)
            shutil.chown(self.home, "nobody", "nogroup")

    def configure(self, text: str) -> Path:
        file = self.home / "server.conf"
        file.write_text(text)
        return file

    def apache(self, modules: str, rest: str) -> None:
        loaded = [f"LoadModule {each}_module /usr/lib/apache2/modules/mod_{each}.so" for each in modules.split()]
        if os.geteuid() == 0:
            loaded += ["User nobody", "Group nogroup"]
        text = APACHE.format(home=self.home, port=self.port, modules="\n".join(loaded))
        self.start("apache2", "-DFOREGROUND", "-f", self.configure(text + rest))

    def lighttpd(self, file: Path) -> None:
        text = LIGHTTPD.format(home=self.home, port=self.port)
        self.start("lighttpd", "-D", "-f", self.configure(f'{text}include "{file}"\n'))

    def start(self, program: str, *arguments: str | Path) -> None:
        executable = shutil.which(program, path=PATH)
        assert executable, f"{program} is not installed"
        with (self.home / "error.log").open("ab") as log:
            # When Apache exits, it kills its process group, so it must not share ours.
            self.process = subprocess.Popen(
                [executable, *arguments],
                env=os.environ | {"HOME": str(self.home)},
                stdin=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        until(lambda: listens(self.port) or self.process.poll() is not None, "the web server listens")
        assert self.process.poll() is None, self.log

    @property
    def log(self) -> str:
        return (self.home / "error.log").read_text()

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=60)
