import Crypto
import Headcount

/// All numbers of a counter as lines of JSON (docs/export-format.md): a header, the site and each page with their days, and
/// a last line with a checksum. The same numbers give the same bytes, whichever store they are in.
package enum Export {
    package static let version = 1

    /// - Parameter histories: in the order of ``OwnerStore/histories()``.
    package static func text(of histories: [History]) -> String {
        let lines = ["{\"format\":\"headcount\",\"version\":\(version)}"] + histories.flatMap(lines)
        let text = lines.joined(separator: "\n") + "\n"
        let digest = SHA256.hash(data: Array(text.utf8)).hexadecimal
        return text + "{\"lines\":\(lines.count),\"sha256\":\"\(digest)\"}\n"
    }

    private static func lines(of history: History) -> [String] {
        let page = "{\"page\":\(history.page.map { JSON.string($0.path) } ?? "null")"
        return ["\(page),\(members(history.total)),\"before\":{\(members(history.before))}}"]
            + history.days.map { day in
                let leftOut = day.leftOut == .zero ? "" : ",\(day.leftOut.json)"
                return "\(page),\"day\":\"\(day.day)\",\(members(day.count))\(leftOut)}"
            }
    }

    private static func members(_ count: Tally.Count) -> String {
        "\"count\":\(count.count),\"unique\":\(count.unique)"
    }
}
