"""Every link in the documents leads somewhere, and every block of commands is run by a test or says what it needs."""

import os
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from documents import read
from responder import REPOSITORY

FILES = ["git", "-c", "safe.directory=*", "ls-files", "*.md"]
DOCUMENTS = subprocess.run(FILES, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
WITH_COMMANDS = [name for name in DOCUMENTS if name == "README.md" or str(Path(name).parent) in ("docs", "deploy/cgi")]
LANGUAGES = ("sh", "console", "nginx", "cron")

# A test runs every block of this language in the document.
RUN_AS_A_WHOLE = {("docs/command.md", "console"): "Tests/EndToEnd/command/test_command_docs.py"}

# The other blocks by document and section: a text that only this block of the section has, and the test that runs it.
# The test has the same text, or reads the block by its heading. “needs …” is what no test has, so the section says so.
RUN_BY: dict[str, dict[str, dict[str, str]]] = {
    "README.md": {
        "try-it": {"make run": "Tests/EndToEnd/tools/test_make_run.py"},
        "install-on-a-server": {
            "./headcount_*.deb": "Tests/VPS/server.py",
            "include snippets/headcount.conf;": "Tests/VPS/server.py",
            "systemctl reload nginx": "Tests/VPS/server.py",
        },
        "deploy-on-aws": {"scripts/setup-aws": "needs an AWS account"},
    },
    "deploy/cgi/README.md": {
        "headcount-as-a-cgi-script": {
            "mkdir -m 700 ~/headcount": "Tests/EndToEnd/servers/test_web_servers.py",
            "chmod 755 headcount.cgi": "Tests/EndToEnd/servers/test_web_servers.py",
        },
    },
    "docs/aws.md": {
        "from-github": {"scripts/setup-aws": "needs an AWS account"},
        "from-your-desk": {"make ship": "needs an AWS account"},
        "in-your-own-terraform": {"terraform apply": "needs an AWS account"},
        "remove-it": {"make destroy": "needs an AWS account"},
    },
    "docs/dashboard.md": {
        "a-mail-each-week": {"headcount stats --days 7": "Tests/EndToEnd/dashboard/test_weekly_mail.py"},
    },
    "docs/dynamodb.md": {
        "set-up": {"aws dynamodb create-table": "needs an AWS account"},
        "items": {"aws dynamodb get-item": "needs an AWS account"},
    },
    "docs/troubleshooting.md": {
        "troubleshooting": {"headcount check": "Tests/EndToEnd/command/test_command_check.py"},
    },
    "docs/vps.md": {
        "install": {
            "./headcount_*.deb": "Tests/VPS/server.py",
            "include snippets/headcount.conf;": "Tests/VPS/server.py",
            "systemctl reload nginx": "Tests/VPS/server.py",
        },
        "build-the-package": {"make deb": "Tests/VPS/conftest.py"},
        "a-separate-host-with-tls": {
            "certbot certonly": "needs a domain name",
            "sites-available/headcount.conf": "Tests/EndToEnd/support/nginx_site.py",
        },
        "several-sites": {
            "headcount@blog.service": "Tests/VPS/test_install.py",
            "set $headcount headcount-blog;": "Tests/VPS/test_install.py",
        },
        "behind-a-proxy": {
            "https://www.cloudflare.com/": "Tests/EndToEnd/servers/test_nginx_config.py",
            "real_ip_header CF-Connecting-IP;": "Tests/EndToEnd/servers/test_nginx_config.py",
        },
        "numbers-in-dynamodb": {"dynamodb.conf": "Tests/VPS/test_install.py"},
        "backups": {"headcount.db-wal": "Tests/VPS/test_backups.py"},
        "upgrade": {"apt-get install": "Tests/VPS/test_restarts.py"},
        "docker-or-podman": {"docker compose": "needs Docker and its plugin"},
        "without-the-package": {"make install": "Tests/EndToEnd/tools/test_packaging.py"},
    },
}


# GitHub shows a file at OWNER/NAME/blob/BRANCH/PATH, and these pages beside `blob`.
GITHUB_PAGES = ("../../releases",)


def leads_somewhere(document: str, link: str) -> bool:
    url = urlsplit(link)
    if url.scheme or url.netloc:
        return True
    path = os.path.normpath(Path(document).parent / unquote(url.path)) if url.path else document
    if path in GITHUB_PAGES:
        return True
    if not (REPOSITORY / path).exists():
        return False
    return not url.fragment or unquote(url.fragment) in [section.anchor for section in read(path).sections]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_to_a_file_and_a_heading(document: str) -> None:
    assert [link for link in read(document).links if not leads_somewhere(document, link)] == []


@pytest.mark.parametrize("document", WITH_COMMANDS)
def test_every_block_of_commands_is_run_or_says_what_it_needs(document: str) -> None:
    content = read(document)
    entries = RUN_BY.get(document, {})
    assert entries.keys() <= {section.anchor for section in content.sections}, "an entry without its section"
    languages = [each for each in LANGUAGES if (document, each) not in RUN_AS_A_WHOLE]
    without_entry = []
    for section in content.sections:
        run_by = entries.get(section.anchor, {})
        blocks = [block.text for block in section.blocks if block.language in languages]
        without_entry += [(section.anchor, block) for block in blocks if not any(text in block for text in run_by)]
        for text, test in run_by.items():
            assert sum(text in block for block in blocks) == 1, f"#{section.anchor}: one block has to have: {text}"
            if test.startswith("needs "):
                need = test.removeprefix("needs ")
                assert need in "".join(content.prose_around(section)), f"#{section.anchor} does not mention {need}"
            else:
                source = (REPOSITORY / test).read_text()
                assert text in source or f'"{section.heading}"' in source, f"{test} does not run: {text}"
    assert without_entry == []


def test_no_entry_is_left_of_a_document_that_is_gone() -> None:
    assert {*RUN_BY, *(document for document, _ in RUN_AS_A_WHOLE)} <= {*WITH_COMMANDS}


@pytest.mark.parametrize(("document", "language"), RUN_AS_A_WHOLE)
def test_a_document_that_is_run_as_a_whole_is_read_by_its_test(document: str, language: str) -> None:
    assert f'blocks("{document}", "{language}")' in (REPOSITORY / RUN_AS_A_WHOLE[document, language]).read_text()
