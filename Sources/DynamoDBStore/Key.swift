#if DynamoDB
import Headcount

/// The primary key of an item.
struct Key: Sendable {
    let text: String

    /// The live item of a page, or of the site.
    static func page(_ page: Page?) -> Key { Key(text: "page#\(page?.path ?? "")") }

    /// What a page had in a month that is over. A path holds no `#`.
    static func archive(_ page: Page?, _ month: Month) -> Key { Key(text: "page#\(page?.path ?? "")#\(month)") }

    /// One of the lists of all pages.
    static func pages(_ bucket: Int) -> Key { Key(text: "pages#\(bucket)") }

    static func visitor(_ id: VisitorID, _ day: Day) -> Key {
        Key(text: "visitor#\(day)#\(id.bytes.hexadecimal)")
    }

    static let salt = Key(text: "salt")

    /// What keeps something from being added twice.
    static func receipt(_ name: String) -> Key { Key(text: "receipt#\(name)") }

    /// What an import has added to a page.
    static func receipt(import token: String, _ page: Page?) -> Key {
        Key(text: "receipt#\(token)#\(page?.path ?? "")")
    }

    var item: Item { ["pk": .string(text)] }
}

/// By bytes, as DynamoDB compares them.
extension Key: Hashable {
    static func == (left: Key, right: Key) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

/// A month of UTC, `2026-11`.
struct Month: Sendable, Hashable, Comparable, CustomStringConvertible {
    let description: String

    init(_ day: Day) { description = String("\(day)".prefix(7)) }

    init(_ text: String) { description = text }

    static func < (left: Month, right: Month) -> Bool { left.description < right.description }
}
#endif
