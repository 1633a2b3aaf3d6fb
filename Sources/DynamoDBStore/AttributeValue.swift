#if DynamoDB
import FoundationEssentials

/// The value of an attribute, of a type that the store uses (Amazon DynamoDB API Reference, “AttributeValue”).
package struct AttributeValue: Codable, Sendable {
    package private(set) var string: String?
    package private(set) var strings: [String]?
    private var decimal: String?
    private var data: Data?

    /// A string, or the digits of a number.
    package var text: String? { string ?? decimal }
    package var number: Int? { decimal.flatMap { Int($0) } }
    var binary: [UInt8]? { data.map { [UInt8]($0) } }

    package static func string(_ value: String) -> Self { Self(string: value) }
    package static func strings(_ value: [String]) -> Self { Self(strings: value) }
    package static func number(_ value: Int) -> Self { number("\(value)") }
    package static func number(_ digits: String) -> Self { Self(decimal: digits) }
    static func binary(_ value: [UInt8]) -> Self { Self(data: Data(value)) }

    /// `S`, `SS`, `N` and `B`, with the first letter in lower case.
    private enum CodingKeys: String, CodingKey {
        case string = "s"
        case strings = "sS"
        case decimal = "n"
        case data = "b"
    }
}

/// The attributes of an item, by name.
package typealias Item = [String: AttributeValue]
#endif
