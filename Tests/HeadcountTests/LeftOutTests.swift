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
        bench.service.writeLeftOut()
        #expect(bench.store.works.allSatisfy { $0.visits.isEmpty })
        #expect(bench.leftOut.reduce(.zero, +) == expected)
    }

    @Test("are written with the next visits")
    func writes() throws {
        let bench = try Bench()
        try bench.leaveOut(3)
        #expect(bench.leftOut == [.zero, .zero, .zero], "no answer waits for a write")
        for _ in 0..<2 { _ = try bench.answer("/headcount") }
        #expect(bench.leftOut.suffix(2) == [LeftOut(crawlers: 3), .zero])
    }

    @Test("are written by the maintenance, once a minute, and not on a quiet site")
    func maintenance() throws {
        let quiet = try Bench()
        _ = quiet.service.maintain()
        #expect(quiet.store.works.isEmpty)

        let bench = try Bench()
        try bench.leaveOut(2)
        let due = bench.service.maintain()
        #expect(bench.leftOut == [0, 0, 2].map { LeftOut(crawlers: $0) })
        #expect(due.millisecondsLeft > 50_000)
        try bench.leaveOut(1)
        _ = bench.service.maintain()
        #expect(bench.leftOut.last == .zero)
    }

    @Test("are written at the end, and again after a failure, which ends the outage")
    func end() throws {
        let bench = try Bench()
        try bench.leaveOut(3)
        for isDown in [true, false, false] {
            bench.store.isDown = isDown
            bench.service.writeLeftOut()
            #expect(bench.service.isStoreAvailable == !isDown)
        }
        #expect(bench.leftOut == [0, 0, 0, 3, 3].map { LeftOut(crawlers: $0) })
    }
}

extension Bench {
    /// The sums in each call of the store.
    fileprivate var leftOut: [LeftOut] { store.works.map(\.leftOut) }

    fileprivate func leaveOut(_ number: Int) throws {
        for _ in 0..<number { _ = try answer("/headcount", userAgent: "Googlebot/2.1") }
    }
}
