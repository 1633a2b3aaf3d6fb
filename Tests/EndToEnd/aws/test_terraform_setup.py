"""scripts/setup-aws with the real `aws`, `gh` and `terraform`, against moto and a stand-in for GitHub's API."""

import json
import subprocess
from collections.abc import Callable, Iterator

import pytest
from dynamodb import REGION, Moto
from github_api import REPOSITORY as SITE
from github_api import GitHub
from responder import REPOSITORY
from terraform_project import Project, succeed

BUCKET = "headcount-state-123456789012"

SetUp = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub() as server:
        yield server


@pytest.fixture
def set_up(project: Project, github: GitHub) -> SetUp:
    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        path_style = {"TF_CLI_ARGS_init": "-no-color -backend-config=use_path_style=true"}
        return subprocess.run(
            [REPOSITORY / "scripts/setup-aws", SITE.lower(), *arguments],
            env=project.environment(**github.environment, **path_style) | settings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )

    return run


def test_everything_is_set_up_once(set_up: SetUp, github: GitHub, strict_moto: Moto) -> None:
    s3, iam = strict_moto.client("s3"), strict_moto.client("iam")

    planned = succeed(set_up("--dry-run"))
    commands = [line.removeprefix("+ ") for line in planned.splitlines() if line.startswith("+ ")]
    assert f"{len(commands)} changes to make." in planned
    assert github.calls == [] and s3.list_buckets()["Buckets"] == [] and iam.list_roles()["Roles"] == []

    made = succeed(set_up())
    assert f"{len(commands)} changes made." in made
    done = [line.removeprefix("+ ") for line in made.splitlines() if line.startswith("+ ")]
    assert [line.split(" <<<")[0] for line in done] == [line.split(" <<<")[0] for line in commands]
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == [BUCKET]
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET)["Contents"]] == ["bootstrap/headcount.tfstate"]
    assert github.policies == {
        "test": [{"name": "test", "type": "branch"}],
        "prod": [{"name": "main", "type": "branch"}],
        "release": [{"name": "v*", "type": "tag"}],
    }
    limited = {"protected_branches": False, "custom_branch_policies": True}
    assert all(each["deployment_branch_policy"] == limited for each in github.environments.values())
    assert github.variables == {
        name: {
            "AWS_REGION": REGION,
            "STATE_BUCKET": BUCKET,
            "DEPLOY_ROLE": f"arn:aws:iam::123456789012:role/headcount-deploy-{name}",
            "PERMISSIONS_BOUNDARY": f"arn:aws:iam::123456789012:policy/headcount-boundary-{name}",
        }
        for name in ("test", "prod")
    }
    trust = iam.get_role(RoleName="headcount-deploy-prod")["Role"]["AssumeRolePolicyDocument"]
    assert all(part in str(trust) for part in (SITE, "456789")), trust
    assert github.actions["enabled"] and github.workflow["can_approve_pull_request_reviews"]
    [ruleset] = github.rulesets
    assert [rule["type"] for rule in ruleset["rules"]] == [
        "deletion",
        "non_fast_forward",
        "pull_request",
        "required_status_checks",
    ]
    assert github.refs["heads/test"] == github.refs["heads/main"]
    assert github.calls[-1][1] == "git/refs", "the first push to test needs everything else"

    github.calls.clear()
    again = succeed(set_up())
    assert "\n0 changes made.\n" in again and github.calls == []
    assert "left to you" not in again

    # A private repository on GitHub Free.
    github.reset()
    github.is_free_and_private = True
    free = succeed(set_up())
    assert "\n- Whoever may push to main deploys it, without a trial. (gh: Upgrade to GitHub Pro" in free
    assert free.count("\n- Workflows of every branch may use the environment") == 3
    assert github.variables.keys() == {"test", "prod"} and "heads/test" in github.refs


def make_bucket(moto: Moto) -> None:
    moto.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})


def test_the_budget_and_an_existing_provider_are_kept(set_up: SetUp, strict_moto: Moto) -> None:
    """moto does not know who gets a budget's mail, so Terraform only plans here."""
    make_bucket(strict_moto)
    outputs = {"alarm_email": {"value": "you@example.com", "type": "string"}}
    state = {"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "1", "outputs": outputs}
    strict_moto.client("s3").put_object(Bucket=BUCKET, Key="bootstrap/headcount.tfstate", Body=json.dumps(state))
    url = "https://token.actions.githubusercontent.com"
    strict_moto.client("iam").create_open_id_connect_provider(Url=url, ThumbprintList=["0" * 40])
    planned = succeed(set_up("--dry-run"))
    assert "-var=create_oidc_provider=false -var=alarm_email=you@example.com\n" in planned


def test_it_says_what_is_missing(set_up: SetUp, github: GitHub, strict_moto: Moto) -> None:
    def refusal(**settings: str) -> str:
        process = set_up(**settings)
        assert process.returncode == 1
        return process.stderr

    assert "AWS_REGION must name the region" in refusal(AWS_REGION="")
    assert "Sign in to AWS as an administrator" in refusal(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert "Sign in to GitHub by `gh auth login`" in refusal(GH_TOKEN="", GH_CONFIG_DIR="/nowhere")
    make_bucket(strict_moto)
    assert f"is in {REGION}: set AWS_REGION={REGION}" in refusal(AWS_REGION="eu-west-1")
    github.repository["permissions"]["admin"] = False
    assert f"You need admin rights on {SITE}." in refusal()
    assert github.calls == []
