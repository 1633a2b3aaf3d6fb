#if DynamoDB
import Headcount
import Testing

@testable import DynamoDBStore

@Suite("DynamoDB's settings")
struct DynamoDBSettingsTests {
    private func configuration(_ changes: [String: String] = [:]) throws -> Configuration {
        let settings = ["HEADCOUNT_DYNAMODB_TABLE": "a.b-C_1", "AWS_REGION": "eu-central-1"]
        return try Configuration(environment: settings.merging(changes) { $1 })
    }

    @Test(
        "lead to AWS's server in the region, or to the one that is named",
        arguments: [
            ([:] as [String: String], "https://dynamodb.eu-central-1.amazonaws.com"),
            (["AWS_REGION": "cn-north-1"], "https://dynamodb.cn-north-1.amazonaws.com.cn"),
            (["HEADCOUNT_DYNAMODB_ENDPOINT": "http://[::1]:8000/"], "http://[::1]:8000"),
        ]
    )
    func endpoint(_ changes: [String: String], _ url: String) throws {
        #expect(try DynamoDBSettings(configuration(changes)).endpoint.description == url)
    }

    @Test("are all refused at once, each on one line that says what is allowed")
    func refused() throws {
        let bad = try configuration([
            "HEADCOUNT_DYNAMODB_TABLE": "arn:table", "HEADCOUNT_DYNAMODB_ENDPOINT": "localhost:8000",
            "AWS_REGION": "a/b",
        ])
        let error = try #require(throws: ConfigurationError.self) { try DynamoDBSettings(bad) }
        #expect(
            error.problems.map { $0.description.prefix { $0 != "," } } == [
                "HEADCOUNT_DYNAMODB_TABLE=arn:table: must be the name of a table: 3 to 255 letters",
                "HEADCOUNT_DYNAMODB_ENDPOINT=localhost:8000: must be a URL like `http://127.0.0.1:8000`",
                "AWS_REGION=a/b: must be the table's region",
            ]
        )
    }

    @Test("need a table's name of 3 to 255 characters", arguments: ["", "ab", String(repeating: "x", count: 256)])
    func table(_ name: String) throws {
        let bad = try configuration(["HEADCOUNT_DYNAMODB_TABLE": name])
        #expect(throws: ConfigurationError.self) { try DynamoDBSettings(bad) }
    }
}
#endif
