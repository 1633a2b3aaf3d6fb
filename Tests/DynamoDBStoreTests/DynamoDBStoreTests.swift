#if DynamoDB
import AsyncHTTPClient
import FoundationEssentials
import Headcount
import HeadcountCommand
import NIOCore
import StoreConformance
import Testing

@testable import DynamoDBStore

/// A server that speaks DynamoDB's protocol (scripts/with-dynamodb starts one), and its tables.
enum Server {
    static let address = ProcessInfo.processInfo.environment["HEADCOUNT_TEST_DYNAMODB_ENDPOINT"]

    static let environment = [
        "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
    ]

    private struct CreateTable: Encodable, Sendable {
        var tableName: String
        var attributeDefinitions = [["AttributeName": "pk", "AttributeType": "S"]]
        var keySchema = [["AttributeName": "pk", "KeyType": "HASH"]]
        var billingMode = "PAY_PER_REQUEST"
    }

    static func store(_ table: String, maximumPages: Int = 1000) throws -> DynamoDBStore {
        let address = try #require(address)
        var configuration = Configuration()
        configuration.table = table
        configuration.endpoint = address
        configuration.maximumPages = maximumPages
        configuration.aws = environment
        return try DynamoDBStore(
            configuration,
            now: { Instant(milliseconds: Int(Date().timeIntervalSince1970 * 1000)) }
        )
    }

    static func makeTable() throws -> String {
        let name = "test-\(UUID().uuidString)"
        let store = try store(name)
        let deadline = NIODeadline.now() + .seconds(10)
        try store.waiting(until: deadline) { table throws(CallError) in
            _ = try await table.dynamoDB.call("CreateTable", CreateTable(tableName: name), until: deadline)
        }
        return name
    }
}

/// Serialized, since the servers take one call at a time.
@Suite(
    "The DynamoDB store",
    .serialized,
    .enabled(if: Server.address != nil, "run `make test-swift`, which starts a server")
)
struct DynamoDBStoreTests {
    private let day = Day(number: 20_781)

    @Test("conforms", arguments: StoreConformance.requirements)
    func conforms(_ requirement: StoreConformance.Requirement) throws {
        try StoreConformance(crowd: 500) { maximumPages in
            try Server.store(try Server.makeTable(), maximumPages: maximumPages)
        }.check(requirement)
    }

    @Test("serves its owner", arguments: OwnerConformance.requirementsByPage)
    func servesOwner(_ requirement: OwnerConformance.Requirement) throws {
        try OwnerConformance { try Server.store(try Server.makeTable()) }.check(requirement)
    }

    @Test("keeps the days of earlier months, and of a month that a wrong clock began")
    func months() throws {
        let store = try Server.store(try Server.makeTable())
        let page = try Page(path: "/a")
        // November, December, January by a wrong clock, December again, January.
        for offset in [0, 1, 20, 60, 21, 22, 60, 61] {
            let day = day.advanced(by: offset)
            _ = try store.open(day)
            #expect(
                try store.record([Visit(page: page, siteVisitor: VisitorID(high: 1, low: UInt64(offset)))], on: day)
                    .count == 1
            )
        }
        let statistics = try store.statistics(of: page, from: day, to: day.advanced(by: 61))
        let expected = [0: 1, 1: 1, 20: 1, 21: 1, 22: 1, 60: 2, 61: 1]
        for (offset, day) in statistics.days.enumerated() {
            #expect(day.count.count == expected[offset, default: 0])
        }
        #expect(statistics.total.count == 8 && statistics.since == day)
        #expect(try store.statistics(of: nil, from: day, to: day.advanced(by: 61)).pages.map(\.count.count) == [8])
    }

    @Test("two stores on one table share salt, visitors, pages and numbers")
    func shares() throws {
        let table = try Server.makeTable()
        let (one, two) = (try Server.store(table, maximumPages: 1), try Server.store(table, maximumPages: 1))
        #expect(try one.open(day) == two.open(day))
        let (a, b) = (try Page(path: "/a"), try Page(path: "/b"))
        let alice = VisitorID(high: 1, low: 1)
        #expect(try one.record([Visit(page: a, siteVisitor: alice)], on: day).first?.site == .init(count: 1, unique: 1))
        #expect(
            try two.record([Visit(page: b, siteVisitor: alice)], on: day) == [Tally(site: .init(count: 2, unique: 1))]
        )
        #expect(try two.record([Visit(page: a)], on: day).first?.page == .init(count: 2))
    }

    @Test("names the setting when the table is missing")
    func missing() throws {
        let error = #expect(throws: StoreError.self) { try Server.store("not-there").tally(for: nil) }
        #expect(error?.description.contains("HEADCOUNT_DYNAMODB_TABLE") == true, "\(error?.description ?? "")")
    }
}
#endif
