#if DynamoDB
import Headcount

/// The settings of this store, checked by DynamoDB's rules.
package struct DynamoDBSettings {
    let table: String
    let region: String
    let endpoint: Endpoint

    /// - Throws: every problem found.
    init(_ configuration: Configuration) throws(ConfigurationError) {
        table = configuration.table
        region = ["AWS_REGION", "AWS_DEFAULT_REGION"].compactMap { configuration.aws[$0] }.first { !$0.isEmpty } ?? ""
        let url = configuration.endpoint.isEmpty ? Self.awsURL(in: region) : configuration.endpoint
        let endpoint = Endpoint(url)

        var problems: [ConfigurationProblem] = []
        if !Self.isTableName(table) {
            problems.append(ConfigurationProblem(name: "HEADCOUNT_DYNAMODB_TABLE", value: table))
        }
        if endpoint == nil, !configuration.endpoint.isEmpty {
            problems.append(ConfigurationProblem(name: "HEADCOUNT_DYNAMODB_ENDPOINT", value: url))
        }
        if region.isEmpty || !region.allSatisfy({ Self.isLetterOrDigit($0) || $0 == "-" }) {
            let allowed = "must be the table's region, like eu-central-1"
            problems.append(ConfigurationProblem(name: "AWS_REGION", value: region, allowed: allowed))
        }
        guard let endpoint, problems.isEmpty else { throw ConfigurationError(problems: problems) }
        self.endpoint = endpoint
    }

    private static func awsURL(in region: String) -> String {
        "https://dynamodb.\(region).amazonaws.com\(region.hasPrefix("cn-") ? ".cn" : "")"
    }

    /// Whether the text is a table's name, not an ARN (Amazon DynamoDB API Reference, “CreateTable”, `TableName`).
    package static func isTableName(_ text: String) -> Bool {
        (3...255).contains(text.count) && text.allSatisfy { isLetterOrDigit($0) || "_.-".contains($0) }
    }

    private static func isLetterOrDigit(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber)
    }
}
#endif
