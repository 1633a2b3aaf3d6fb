import Headcount
import Testing

@Suite("Requests that are left out")
struct LeftOutTests {
    private static let crawler = "Googlebot/2.1"

    @Test(
        "are answered without counting a visit, and each is in one sum",
        arguments: [
            (crawler, "192.0.2.1", false, LeftOut(crawlers: 3)),
            ("Firefox/1", "192.0.2.1", true, LeftOut(prefetches: 3)),
            ("Firefox/1", "203.0.113.1", false, LeftOut(ignored: 3)),
            (crawler, "203.0.113.1", false, LeftOut(ignored: 3)),
            (crawler, "203.0.113.1", true, LeftOut(prefetches: 3)),
        ]
    )
    func sums(_ userAgent: String, _ address: String, _ isPrefetch: Bool, _ expected: LeftOut) throws {
        let bench = try Bench(["HEADCOUNT_IGNORE": "203.0.113.0/24"])
        for (target, method) in [
            ("/headcount", Request.Method.get), ("/headcount?page=/a", .post), ("/headcount.svg", .get),
            // These would not be visits anyway.
            ("/headcount", .head), ("/headcount", .options), ("/headcount.json", .get), ("/headcount/badge.svg", .get),
        ] {
            let response = try bench.answer(
                target,
                method,
                from: address,
                userAgent: userAgent,
                isPrefetch: isPrefetch
            )
            #expect(response.status == (method == .options ? .noContent : .ok))
        }
        bench.service.finish()
        #expect(bench.store.works.allSatisfy { $0.visits.isEmpty })
        #expect(bench.leftOut.reduce(.zero, +) == expected)
    }

    @Test("are written with the next visit, or once a minute")
    func writes() throws {
        let bench = try Bench()
        try bench.leaveOut(3)
        #expect(bench.leftOut == [1, 0, 0].map { LeftOut(crawlers: $0) }, "the first one is written at once")
        _ = try bench.answer("/headcount")
        #expect(bench.leftOut.last == LeftOut(crawlers: 2))

        bench.now.milliseconds += 59_999
        try bench.leaveOut(2)
        #expect(bench.leftOut.suffix(2) == [.zero, .zero])
        bench.now.milliseconds += 1
        try bench.leaveOut(1)
        #expect(bench.leftOut.last == LeftOut(crawlers: 3))
    }

    @Test("are written by the maintenance after a minute, and a quiet site writes nothing")
    func maintenance() throws {
        for number in [0, 1, 2] {
            let bench = try Bench()
            try bench.leaveOut(number)
            bench.now.milliseconds += 60_000
            _ = bench.service.maintain()
            #expect(bench.leftOut == [[], [1], [1, 0, 1]][number].map { LeftOut(crawlers: $0) })
        }
    }

    @Test("are written at the end, and again after a failure")
    func end() throws {
        let bench = try Bench()
        try bench.leaveOut(3)
        for isDown in [true, false, false] {
            bench.store.isDown = isDown
            bench.service.finish()
        }
        #expect(bench.leftOut == [1, 0, 0, 2, 2].map { LeftOut(crawlers: $0) })
    }
}

extension Bench {
    /// The sums in each call of the store.
    fileprivate var leftOut: [LeftOut] { store.works.map(\.leftOut) }

    fileprivate func leaveOut(_ number: Int) throws {
        for _ in 0..<number { _ = try answer("/headcount", userAgent: "Googlebot/2.1") }
    }
}
