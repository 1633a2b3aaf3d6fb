#if DynamoDB
import Headcount

/// The primary key of an item.
package struct Key: Sendable {
    let text: String

    package init(text: String) { self.text = text }

    /// The live item of a page, or of the site.
    package static func page(_ page: Page?) -> Key { Key(text: "page#\(page?.path ?? "")") }

    /// The numbers of a page in another month. Paths contain no `#`, so keys don't collide.
    package static func archive(_ page: Page?, _ month: Month) -> Key { Key(text: "page#\(page?.path ?? "")#\(month)") }

    /// The lists of all pages, to find every page without a scan.
    static let lists = (0..<16).map { Key(text: "pages#\($0)") }

    /// The list that a page is in: by FNV-1a (Fowler, Noll and Vo), the same in every process.
    package static func list(of page: Page) -> Key {
        let hash = page.path.utf8.reduce(2_166_136_261 as UInt32) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return lists[Int(hash) % lists.count]
    }

    static func visitor(_ id: VisitorID, _ day: Day) -> Key {
        Key(text: "visitor#\(day)#\(id.bytes.hexadecimal)")
    }

    static let salt = Key(text: "salt")

    var item: Item { ["pk": .string(text)] }
}

/// Compared by bytes, as DynamoDB does.
extension Key: Hashable {
    package static func == (left: Key, right: Key) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    package func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

/// A month of UTC, `2026-11`.
package struct Month: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let description: String

    package init(_ day: Day) { description = String("\(day)".prefix(7)) }

    init(_ text: String) { description = text }

    package static func < (left: Month, right: Month) -> Bool { left.description < right.description }
}
#endif
