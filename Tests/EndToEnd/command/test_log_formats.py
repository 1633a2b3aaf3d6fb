"""Made-up visits, written as a log in each format, are read back to the same numbers."""

import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import quote

import pytest
from access_log import REFERRER, Line, Logs, expected, random_visits

CLOUDFRONT = (
    "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) "
    "cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken "
    "x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status "
    "fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len "
    "sc-range-start sc-range-end"
)
JSON = (
    '{"time":"$time_iso8601","address":"$remote_addr","request":"$request","status":$status,"size":$body_bytes_sent,'
    '"referrer":"$http_referer","agent":"$http_user_agent"}'
)


def behind_proxy(visit: Line) -> str:
    return f'{replace(visit, address="10.0.0.1").combined} "unknown, {visit.address}, 10.0.0.9"'


def caddy(visit: Line) -> str:
    """As Caddy 2.7 writes it, with the address that trusted proxies gave."""
    headers = {"Accept": ["*/*"]} | ({} if visit.agent == "-" else {"User-Agent": [visit.agent]})
    request = {
        "remote_ip": "10.0.0.1",
        "remote_port": "5000",
        "client_ip": visit.address,
        "proto": "HTTP/2.0",
        "method": visit.method,
        "host": "example.com",
        "uri": visit.target,
        "headers": headers,
    }
    entry = {
        "level": "info",
        "ts": visit.at.timestamp() + 0.25,
        "logger": "http.log.access.log0",
        "msg": "handled request",
        "request": request,
        "user_id": "",
        "duration": 0.001,
        "size": visit.size,
        "status": visit.status,
        "resp_headers": {"Server": ["Caddy"]},
    }
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":"))


def cloudfront(visit: Line) -> str:
    """CloudFront encodes the percent signs of a path again ("Standard logging reference")."""

    def encoded(text: str) -> str:
        return quote(text, safe="/:;,()+=!@$&*?")

    stem, _, query = visit.target.partition("?")
    values = {
        "date": visit.at.astimezone(datetime.UTC).date().isoformat(),
        "time": visit.at.astimezone(datetime.UTC).time().isoformat(),
        "sc-bytes": str(visit.size),
        "c-ip": visit.address,
        "cs-method": visit.method,
        "cs-uri-stem": encoded(stem),
        "sc-status": str(visit.status),
        "cs(Referer)": encoded(REFERRER),
        "cs(User-Agent)": encoded(visit.agent),
        "cs-uri-query": encoded(query) or "-",
    }
    return "\t".join(values.get(name, "-") for name in CLOUDFRONT.split())


def nginx_json(visit: Line) -> str:
    """With escape=json, which writes nothing for a missing header."""
    agent = "" if visit.agent == "-" else visit.escaped_agent
    return (
        f'{{"time":"{visit.at.isoformat()}","address":"{visit.address}","request":"{visit.request}",'
        f'"status":{visit.status},"size":{visit.size},"referrer":"{REFERRER}","agent":"{agent}"}}'
    )


def nginx_proxy_manager(visit: Line) -> str:
    return (
        f'[{visit.stamp}] - {visit.status} {visit.status} - {visit.method} https example.com "{visit.target}" '
        f"[Client {visit.address}] [Length {visit.size}] [Gzip -] [Sent-to 10.0.0.5] "
        f'"{visit.escaped_agent}" "{REFERRER}"'
    )


@dataclass
class Format:
    write: Callable[[Line], str]
    options: tuple[str, ...] = ()
    header: str = ""
    has_user_agent: bool = True


UPSTREAM = "563 0.102 [default-web-80] [] 10.0.0.4:8080, 10.0.0.5:8080 0, 512 0.100, 0.002 502, 200 5f1d0c3e"
FORMATS = {
    "combined": Format(lambda visit: visit.combined),
    "combined, named": Format(lambda visit: visit.combined, ("--format", "combined")),
    "combinedio": Format(lambda visit: f"{visit.combined} 813 1024"),
    "common": Format(lambda visit: visit.common, has_user_agent=False),
    "vhost": Format(lambda visit: f"example.com {visit.combined}"),
    "vhost with port": Format(lambda visit: f"example.com:443 {visit.combined}"),
    "vhost_common": Format(lambda visit: f"example.com {visit.common}", has_user_agent=False),
    "main": Format(lambda visit: f'{visit.combined} "-"'),
    "main behind a proxy": Format(behind_proxy, ("--address", "forwarded")),
    "a list of addresses": Format(lambda visit: f"10.0.0.1, {visit.combined}"),
    "Caddy": Format(caddy),
    "CloudFront": Format(cloudfront, header=f"#Version: 1.0\n#Fields: {CLOUDFRONT}\n"),
    "ingress-nginx": Format(lambda visit: f"{visit.combined} {UPSTREAM}"),
    "ingress-nginx 0.20": Format(
        lambda visit: visit.combined.replace(" - - ", f" - [{visit.address}] - - ") + f" {UPSTREAM}",
        ("--format", "ingress-nginx"),
    ),
    "Nginx Proxy Manager": Format(nginx_proxy_manager, ("--format", "nginx-proxy-manager")),
    "Traefik": Format(
        lambda visit: f'{visit.combined} 42 "web@docker" "http://10.0.0.4:80" 3ms', ("--format", "$combined $_")
    ),
    "nginx's JSON": Format(nginx_json, ("--format", JSON)),
    "ISO 8601": Format(
        lambda visit: visit.combined.replace(visit.stamp, visit.at.isoformat()),
        ("--format", '$remote_addr - $_ [$time_iso8601] "$request" $status $_ "$_" "$http_user_agent"'),
    ),
    "$msec": Format(
        lambda visit: (
            f"{visit.at.timestamp():.3f} {visit.address} {visit.method} {visit.target} {visit.status} {visit.agent}"
        ),
        ("--format", "$msec $remote_addr $request_method $request_uri $status $http_user_agent"),
    ),
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_log_gives_the_same_numbers_in_each_format(logs: Logs, seed: int, name: str) -> None:
    form = FORMATS[name]
    visits = random_visits(seed, 500)
    path = logs.write("access.log", [form.header, *[form.write(visit) + "\n" for visit in visits]])
    logs.command.ok("import-log", "--apply", *form.options, path)
    if not form.has_user_agent:
        # Crawlers can't be recognised, and a visitor is an address.
        visits = [replace(visit, agent="-") for visit in visits]
    assert logs.numbers == expected([str(visit) for visit in visits])
