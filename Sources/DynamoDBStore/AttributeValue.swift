#if DynamoDB
import FoundationEssentials

/// A value of an item, as far as the store has them (Amazon DynamoDB API Reference, “AttributeValue”).
enum AttributeValue: Sendable, Equatable {
    case string(String)
    case number(Int)
    case strings([String])
    case binary([UInt8])

    var string: String? { if case .string(let value) = self { value } else { nil } }
    var number: Int? { if case .number(let value) = self { value } else { nil } }
    var strings: [String]? { if case .strings(let value) = self { value } else { nil } }
    var binary: [UInt8]? { if case .binary(let value) = self { value } else { nil } }
}

extension AttributeValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int) { self = .number(value) }
}

extension AttributeValue: Codable {
    private enum CodingKeys: String, CodingKey {
        // `S`, `N`, `SS`, `B`, but for the first letter.
        case string = "s"
        case number = "n"
        case strings = "sS"
        case binary = "b"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let value = try container.decodeIfPresent(String.self, forKey: .string) {
            self = .string(value)
        } else if let text = try container.decodeIfPresent(String.self, forKey: .number) {
            guard let value = Int(text) else {
                throw DecodingError.dataCorruptedError(forKey: .number, in: container, debugDescription: "no integer")
            }
            self = .number(value)
        } else if let value = try container.decodeIfPresent([String].self, forKey: .strings) {
            self = .strings(value)
        } else {
            self = .binary([UInt8](try container.decode(Data.self, forKey: .binary)))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .string(let value): try container.encode(value, forKey: .string)
        case .number(let value): try container.encode(String(value), forKey: .number)
        case .strings(let value): try container.encode(value, forKey: .strings)
        case .binary(let value): try container.encode(Data(value), forKey: .binary)
        }
    }
}

/// The attributes of one item by their names.
typealias Item = [String: AttributeValue]
#endif
