"""A counter behind its web server. The same tests send requests to each kind and read its store."""

import datetime
from dataclasses import dataclass, field

import records
from answer import Answer
from dynamodb import Table
from lambda_front import Front
from lambda_function import Function
from responder import Responder
from webserver import Nginx, request


@dataclass
class FastCGISite:
    """A responder with SQLite, behind nginx."""

    responder: Responder
    nginx: Nginx

    def request(
        self, target: str | bytes = "/headcount", method: str = "GET", body: bytes = b"", **headers: str
    ) -> Answer:
        return self.nginx.request(target, method, body, **headers)

    @property
    def port(self) -> int:
        return self.nginx.port

    @property
    def counters(self) -> dict[str, tuple[int, int]]:
        """Count and unique of each page in the store; the whole site is the page ''."""
        return records.counters(self.responder.database)

    @property
    def numbers(self) -> tuple[int, int]:
        return self.counters[""]

    def set_numbers(self, count: int, unique: int) -> None:
        sql = "UPDATE counter SET count = ?, uniq = ? WHERE page = ''"
        records.change(self.responder.database, sql, count, unique)

    def assert_sound(self) -> None:
        records.assert_sound(self.responder.database)

    @property
    def stored(self) -> bytes:
        return records.bytes_of(self.responder.database)

    @property
    def log(self) -> str:
        return self.responder.log


@dataclass
class LambdaSite:
    """A function with DynamoDB, behind a server that acts like API Gateway."""

    function: Function
    table: Table
    front: Front = field(init=False)

    def start(self) -> "LambdaSite":
        self.front = Front(lambda event: self.function.invoke(event)).start()
        self.function.start()
        return self

    def stop(self) -> None:
        self.front.stop()
        self.function.stop()

    def request(
        self, target: str | bytes = "/headcount", method: str = "GET", body: bytes = b"", **headers: str
    ) -> Answer:
        return request(self.port, target, method, body, **headers)

    @property
    def port(self) -> int:
        return self.front.port

    @property
    def counters(self) -> dict[str, tuple[int, int]]:
        return {"": (0, 0)} | self.table.counters

    @property
    def numbers(self) -> tuple[int, int]:
        return self.counters[""]

    def set_numbers(self, count: int, unique: int) -> None:
        month = datetime.datetime.now(datetime.UTC).strftime("%Y-%m")
        self.table.put({"pk": "page#", "count": count, "uniq": unique, "month": month, "pages": 0})

    def assert_sound(self) -> None:
        for page in self.table.counters:
            self.table.numbers(page)

    @property
    def stored(self) -> bytes:
        return repr(self.table.items).encode()

    @property
    def log(self) -> str:
        return "".join(f"{line}\n" for line in self.function.output.splitlines() if line.startswith("{"))


Site = FastCGISite | LambdaSite
