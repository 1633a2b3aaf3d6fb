"""The nginx in front of all responders: one worker, and for each responder a site of its name."""

import os
from pathlib import Path

from responders import Responder, location_as_installed

SITE = """
    upstream {name} {{ {upstream} }}
    server {{
        listen 127.0.0.1:{port};
        server_name {name};
        set $headcount {name};
        location / {{ {location} }}
    }}
"""


def configure(folder: Path, port: int, responders: list[Responder]) -> list[str]:
    """Writes the configuration; returns the command that starts nginx with it."""
    (folder / "headcount-location.conf").write_text(location_as_installed())
    sites = "".join(
        SITE.format(name=responder.name, upstream=responder.upstream, port=port, location=responder.location)
        for responder in responders
    )
    (folder / "nginx.conf").write_text(f"""
{"user root;" if os.geteuid() == 0 else ""} # root's nginx hands its workers to nobody otherwise
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr alert; # while a responder starts, its socket is missing
events {{ worker_connections 4096; }}
http {{
    access_log off;
    server_tokens off;
    client_body_temp_path temp;
    proxy_temp_path temp;
    fastcgi_temp_path temp;
    uwsgi_temp_path temp;
    scgi_temp_path temp;
    keepalive_requests 1000000000; # wrk stands for many visitors
{sites}}}
""")
    return ["nginx", "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"]
