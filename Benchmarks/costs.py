"""What a million visits to Lambda cost, for docs/scale.md, which names the sources of the prices."""

from collections.abc import Callable, Iterator

from tables import number, table

# Dollars in US East.
HTTP_API, REQUESTS, GB_SECOND = 1.00, 0.20, 0.0000166667  # a million, a million, one
WRITES, READS, STORAGE, RECOVERY = 0.625, 0.125, 0.25, 0.20  # a million, a million, a GB and month, a GB and month
LOGS, LOG_STORAGE, TRANSFER = 0.50, 0.03, 0.09  # a GB, a GB and month, a GB
ALARM, METRIC = 0.10, 0.30  # a month
# What a visit takes.
UNITS = {"known": 1, "known, page": 2, "new": 2, "new, page": 4}
STORED = {"known": 0, "known, page": 0, "new": 1, "new, page": 2}  # visitors
MEMORY, DURATION = 0.25, 0.02  # GB, seconds
# Bytes. Each line of a log counts 26 more than its text.
ACCESS_LOG, OWN_LOG, ANSWER, VISITOR, SCRIPT = 177, 337, 1000, 95, 5000
THROTTLE = 10  # requests a second

GB = 1e6 / 1e9  # of a million visits, for each byte

ITEMS: dict[str, Callable[[str], float]] = {
    "API Gateway: requests to an HTTP API": lambda _: HTTP_API,
    "Lambda: requests": lambda _: REQUESTS,
    f"Lambda: {DURATION * 1000:.0f} ms of 256 MB": lambda _: 1e6 * MEMORY * DURATION * GB_SECOND,
    "DynamoDB: write units": lambda visitors: UNITS[visitors] * WRITES,
    "DynamoDB: visitors stored for four days, with point-in-time recovery": lambda visitors: (
        STORED[visitors] * VISITOR * GB * 4 / 30 * (STORAGE + RECOVERY)
    ),
    f"CloudWatch: access log, {ACCESS_LOG} bytes": lambda _: ACCESS_LOG * GB * (LOGS + LOG_STORAGE),
    f"data sent, {ANSWER:,} bytes": lambda _: ANSWER * GB * TRANSFER,
}


def total(visitors: str) -> float:
    return sum(cost(visitors) for cost in ITEMS.values())


def dollars(value: float) -> str:
    return f"{value + 1e-9:.2f}"  # rounds 0.625 up


def monthly(rate: float, cost: float) -> float:
    """30 days at so many requests a second, of which a million cost `cost`."""
    return rate * 30 * 86400 / 1e6 * cost


def costs() -> str:
    def rows() -> Iterator[list[str]]:
        for name, cost in ITEMS.items():
            yield [name, *(dollars(cost(visitors)) for visitors in UNITS)]
        yield ["**together**", *(f"**{dollars(total(visitors))}**" for visitors in UNITS)]
        yield [
            "**with the script**",
            *(f"**{dollars(total(visitors) + script * (STORED[visitors] > 0))}**" for visitors in UNITS),
        ]

    reading = total("known") - WRITES
    script = reading + (SCRIPT - ANSWER) * GB * TRANSFER
    own_log = OWN_LOG * GB * (LOGS + LOG_STORAGE)
    lines = {
        "What the throttle allows": f"{THROTTLE} visits a second for 30 days cost at most"
        f" ${monthly(THROTTLE, total('new, page')):.0f}. Each route has its own limit: somebody who floods them all"
        f" reaches ${monthly(THROTTLE, total('new, page') + 2 * script + 2 * (reading + 2 * READS) + reading):.0f}."
        f" 500 visits a second would cost ${number(monthly(500, total('new, page')))}.",
        "A million badges": f"${dollars(reading + READS)}, with a page ${dollars(reading + 2 * READS)}.",
        "The script": f"a million loads, one a day for each new visitor, cost ${dollars(script)}.",
        "Lambda's own log": f"${dollars(own_log)} more for a million requests. Terraform turns it off.",
        "Overload": f"1,000 instances that wait for DynamoDB cost ${1000 * 3600 * MEMORY * GB_SECOND:.0f} an hour.",
        "Each alarm": f"${dollars(ALARM)} a month, whether anybody visits or not. The metric of the 429s costs"
        f" ${dollars(METRIC)} a month while there are any (from memory).",
    }
    return "\n".join(
        [
            table(f"dollars for a million visits | {' | '.join(UNITS)}", rows()),
            "",
            *(f"- **{name}**: {text}" for name, text in lines.items()),
        ]
    )
