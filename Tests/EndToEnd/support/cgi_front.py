"""HTTP in front of the CGI script (RFC 3875): starts the program for each request."""

from typing import Any

from answer import Answer
from local_server import AnyMethodHandler, LocalServer
from responder import run_script


class CGIFront(LocalServer):
    def __init__(self, **settings: Any) -> None:
        class FrontHandler(AnyMethodHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                # `self.path` would have leading slashes merged.
                path, _, query = self.raw_requestline.split(b" ")[1].decode("latin-1").partition("?")
                fields = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.headers.items()}
                variables = fields | {
                    "REQUEST_METHOD": self.command,
                    "SCRIPT_NAME": "",
                    "PATH_INFO": path,
                    "QUERY_STRING": query,
                    "REMOTE_ADDR": self.client_address[0],
                }
                run = run_script(body=body, **settings, **variables)
                assert run.returncode == 0, run.stderr
                self._send(Answer.from_cgi(run.stdout))

            def _send(self, answer: Answer) -> None:
                self.send_response_only(answer.status)
                for name, value in answer.headers.items():
                    if name != "Status":
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

        super().__init__(FrontHandler)
