#if DynamoDB
import Headcount

/// The primary key of an item.
struct Key: Sendable {
    let text: String

    /// The live item of a page, or of the site.
    static func page(_ page: Page?) -> Key { Key(text: "page#\(page?.path ?? "")") }

    /// What a page had in a month that is over. A path holds no `#`.
    static func archive(_ page: Page?, _ month: Month) -> Key { Key(text: "page#\(page?.path ?? "")#\(month)") }

    /// The lists of all pages, so that they can be read by keys alone.
    static let lists = (0..<16).map { Key(text: "pages#\($0)") }

    /// The list that has a page: by FNV-1a (Fowler, Noll and Vo), the same in every process.
    static func list(of page: Page) -> Key {
        let hash = page.path.utf8.reduce(2_166_136_261 as UInt32) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return lists[Int(hash) % lists.count]
    }

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
