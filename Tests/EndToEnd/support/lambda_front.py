"""HTTP in front of a function: payload format 2.0, as API Gateway's HTTP APIs and function URLs use it.

See “Create AWS Lambda proxy integrations for HTTP APIs” (Amazon API Gateway Developer Guide). It renames
`WWW-Authenticate`, as reports say of HTTP APIs and function URLs (docs/lambda.md).
"""

import base64
import time
import urllib.parse
from collections.abc import Callable
from email.message import Message
from typing import Any

from local_server import AnyMethodHandler, LocalServer

RENAMED = {"WWW-Authenticate": "x-amzn-Remapped-WWW-Authenticate"}

TEXT = ("text/", "application/json", "application/xml", "application/javascript", "application/x-www-form-urlencoded")


def event(
    target: bytes = b"/headcount",
    method: str = "GET",
    headers: Message | dict[str, str] | None = None,
    body: bytes = b"",
    address: str = "127.0.0.1",
    stage: str = "$default",
) -> dict[str, Any]:
    """A request in payload format 2.0."""
    path, _, query = target.partition(b"?")
    raw_path = urllib.parse.quote(path, safe="/%:@!$&'()*+,;=~")
    if stage != "$default":
        raw_path = f"/{stage}{raw_path}"
    fields: dict[str, str] = {}
    for name, value in (headers or {}).items():
        name = name.lower()
        fields[name] = f"{fields[name]},{value}" if name in fields else value
    cookies = [cookie.strip() for cookie in fields.pop("cookie", "").split(";") if cookie.strip()]
    payload = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": raw_path,
        "rawQueryString": urllib.parse.quote(query, safe="".join(chr(code) for code in range(0x21, 0x7F))),
        "headers": fields,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api-id",
            "domainName": "api-id.execute-api.eu-central-1.amazonaws.com",
            "domainPrefix": "api-id",
            "http": {
                "method": method,
                "path": raw_path,
                "protocol": "HTTP/1.1",
                "sourceIp": address,
                "userAgent": fields.get("user-agent", ""),
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "$default",
            "stage": stage,
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime()),
            "timeEpoch": int(time.time() * 1000),
        },
        "isBase64Encoded": False,
    }
    if cookies:
        payload["cookies"] = cookies
    if body:
        is_text = fields.get("content-type", "").startswith(TEXT)
        payload["body"] = body.decode() if is_text else base64.b64encode(body).decode()
        payload["isBase64Encoded"] = not is_text
    return payload


class Front(LocalServer):
    """Serves a function over HTTP. The header X-Test-Address sets the visitor's address."""

    def __init__(self, invoke: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        class FrontHandler(AnyMethodHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                address = self.headers.get("X-Test-Address", self.client_address[0])
                del self.headers["X-Test-Address"]
                # `self.path` would have leading slashes merged.
                target = self.raw_requestline.split(b" ")[1]
                result = invoke(event(target, self.command, self.headers, body, address))
                if "statusCode" not in result:
                    result = {"statusCode": 502, "headers": {}, "body": '{"message":"Internal Server Error"}'}
                self._send(**result)

            def _send(
                self,
                statusCode: int,  # noqa: N803
                headers: dict[str, str],
                body: str,
                isBase64Encoded: bool = False,  # noqa: N803
                cookies: tuple[str, ...] = (),
            ) -> None:
                content = base64.b64decode(body) if isBase64Encoded else body.encode()
                self.send_response_only(statusCode)
                for name, value in headers.items():
                    self.send_header(RENAMED.get(name, name), value)
                for cookie in cookies:
                    self.send_header("Set-Cookie", cookie)
                if statusCode != 204 and "Content-Length" not in headers:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

        super().__init__(FrontHandler)
