"""A stand-in for the part of GitHub's API that scripts/setup-aws uses. It keeps one repository and records changes.

`gh` speaks plain HTTP to api.github.localhost (ghinstance in its source), here through this server as its proxy.
"""

import json
import re
from typing import Any

from local_server import AnyMethodHandler, LocalServer

REPOSITORY = "Owner/site"
UPGRADE = "Upgrade to GitHub Pro or make this repository public to enable this feature."
BILLING = "Failed to create the environment protection rule. Please ensure the billing plan supports it."


class RefusedError(Exception):
    def __init__(self, status: int, message: str) -> None:
        self.status, self.message = status, message


class GitHub(LocalServer):
    def __init__(self) -> None:
        super().__init__(self._make_handler())
        self.repository = {
            "id": 456789,
            "full_name": REPOSITORY,
            "fork": True,
            "owner": {"id": 123456, "login": "Owner"},
            "permissions": {"admin": True},
        }
        self.is_free_and_private = False
        self.reset()

    def reset(self) -> None:
        self.calls: list[tuple[str, str, Any]] = []
        self.environments: dict[str, dict[str, Any]] = {}
        self.policies: dict[str, list[dict[str, str]]] = {}
        self.variables: dict[str, dict[str, str]] = {}
        self.rulesets: list[dict[str, Any]] = []
        self.actions: dict[str, Any] = {"enabled": False}
        self.workflow = {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": False}
        self.refs = {"heads/main": "a" * 40}

    @property
    def environment(self) -> dict[str, str]:
        """What makes `gh` speak to this server."""
        return {
            "GH_HOST": "github.localhost",
            "GH_TOKEN": "token",
            "http_proxy": self.endpoint,
            "no_proxy": "127.0.0.1",
        }

    def answer(self, method: str, path: str, body: Any) -> Any:
        if method != "GET":
            self.calls.append((method, path, body))
        for pattern, handle in self._routes.items():
            if found := re.fullmatch(pattern, f"{method} {path}"):
                return handle(self, *found.groups(), **({"body": body} if method != "GET" else {}))
        raise RefusedError(404, "Not Found")

    def put_environment(self, name: str, body: dict[str, Any]) -> None:
        if self.is_free_and_private and body:
            raise RefusedError(422, BILLING)
        self.environments[name] = {"name": name, "deployment_branch_policy": None} | body

    def get_environment(self, name: str) -> dict[str, Any]:
        if name not in self.environments:
            raise RefusedError(404, "Not Found")
        return self.environments[name]

    def set_variable(self, environment: str, body: dict[str, str]) -> None:
        self.variables.setdefault(environment, {})[body["name"]] = body["value"]

    def get_variables(self, environment: str) -> dict[str, Any]:
        self.get_environment(environment)
        found = self.variables.get(environment, {})
        return {"variables": [{"name": name, "value": value} for name, value in found.items()]}

    def get_rulesets(self) -> list[dict[str, Any]]:
        if self.is_free_and_private:
            raise RefusedError(403, UPGRADE)
        return self.rulesets

    def get_ref(self, name: str) -> dict[str, Any]:
        if name not in self.refs:
            raise RefusedError(404, "Not Found")
        return {"ref": f"refs/{name}", "object": {"type": "commit", "sha": self.refs[name]}}

    _routes = {  # noqa: RUF012
        "GET ": lambda self: self.repository,
        r"GET git/ref/(.+)": get_ref,
        "POST git/refs": lambda self, body: self.refs.update({body["ref"].removeprefix("refs/"): body["sha"]}),
        r"GET environments/(\w+)": get_environment,
        r"PUT environments/(\w+)": put_environment,
        r"GET environments/(\w+)/deployment-branch-policies": lambda self, name: {
            "branch_policies": self.policies.get(name, [])
        },
        r"POST environments/(\w+)/deployment-branch-policies": lambda self, name, body: self.policies.setdefault(
            name, []
        ).append(body),
        r"GET environments/(\w+)/variables": get_variables,
        r"POST environments/(\w+)/variables": set_variable,
        r"PATCH environments/(\w+)/variables/\w+": set_variable,
        "GET rulesets": get_rulesets,
        "POST rulesets": lambda self, body: self.rulesets.append(body),
        "GET actions/permissions": lambda self: self.actions,
        "PUT actions/permissions": lambda self, body: self.actions.update(body),
        "GET actions/permissions/workflow": lambda self: self.workflow,
        "PUT actions/permissions/workflow": lambda self, body: self.workflow.update(body),
        "GET actions/runs": lambda _: {"total_count": 0},
    }

    def _make_handler(self) -> type[AnyMethodHandler]:
        github = self

        class Handler(AnyMethodHandler):
            def answer(self) -> None:
                # GitHub ignores the case of names.
                url = f"http://api.github.localhost/repos/{REPOSITORY}/?"
                path = re.sub(url, "", self.path.partition("?")[0], flags=re.IGNORECASE)
                try:
                    body = json.loads(self._read_body() or "null")
                    if not self.headers.get("Authorization"):
                        raise RefusedError(401, "Requires authentication")
                    status, answer = 200, github.answer(self.command, path, body)
                except RefusedError as refusal:
                    status, answer = refusal.status, {"message": refusal.message}
                self.send_response(status)
                content = json.dumps(answer).encode()
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def _read_body(self) -> bytes:
                """`gh` sends a file whole, and standard input in chunks."""
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.headers.get("Transfer-Encoding") == "chunked":
                    while size := int(self.rfile.readline(), 16):
                        body += self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                return body

        return Handler
