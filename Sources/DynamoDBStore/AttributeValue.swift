#if DynamoDB
import FoundationEssentials

/// A value of an item, of one of the types that the store has (Amazon DynamoDB API Reference, “AttributeValue”).
struct AttributeValue: Codable, Sendable {
    private(set) var string: String?
    private(set) var strings: [String]?
    private var decimal: String?
    private var data: Data?

    var number: Int? { decimal.flatMap { Int($0) } }
    var binary: [UInt8]? { data.map { [UInt8]($0) } }

    static func string(_ value: String) -> Self { Self(string: value) }
    static func strings(_ value: [String]) -> Self { Self(strings: value) }
    static func number(_ value: Int) -> Self { Self(decimal: String(value)) }
    static func binary(_ value: [UInt8]) -> Self { Self(data: Data(value)) }

    /// `S`, `SS`, `N`, `B`, but for the first letter.
    private enum CodingKeys: String, CodingKey {
        case string = "s"
        case strings = "sS"
        case decimal = "n"
        case data = "b"
    }
}

/// The attributes of one item by their names.
typealias Item = [String: AttributeValue]
#endif
