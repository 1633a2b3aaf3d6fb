#if DynamoDB
import Headcount

/// The numbers of a page or of the site: its live item, with the days of one month, or the archive of another month.
///
/// Each day has two attributes, like `c24` and `u24`, so that one write updates the total and the day.
package struct PageItem: Sendable {
    let item: Item

    package init(item: Item) { self.item = item }

    package var total: Tally.Count { Tally.Count(count: number("count"), unique: number("uniq")) }

    /// The month of its days.
    package var month: Month { Month(item["month"]?.string ?? "") }

    /// The first day that has a visit.
    package var since: Day? { item["since"]?.number.map(Day.init(number:)) }

    /// The attributes of its days.
    package var days: Item { item.filter { Self.isDay($0.key) } }

    /// - Returns: zero for a day of another month.
    package func count(on day: Day) -> Tally.Count {
        guard Month(day) == month else { return .zero }
        return Tally.Count(count: number(Self.visits(on: day)), unique: number(Self.visitors(on: day)))
    }

    /// The names of a day's attributes.
    package static func visits(on day: Day) -> String { "c\("\(day)".suffix(2))" }
    package static func visitors(on day: Day) -> String { "u\("\(day)".suffix(2))" }

    /// Adds the condition that the month has not changed, and that no command has changed the item or its archives.
    ///
    /// - Parameter count: if given, the total must not have changed either.
    package func ifUnchanged(_ write: Message, count: Int? = nil) -> Message {
        var condition = "#month = :is"
        var values: Item = ["is": .string("\(month)")]
        for name in ["since", "changes"] {
            condition += item[name] == nil ? " AND attribute_not_exists(#\(name))" : " AND #\(name) = :was\(name)"
            values["was\(name)"] = item[name]
        }
        if let count {
            condition += " AND #count = :wascount"
            values["wascount"] = .number(count)
        }
        return write.when(condition, values)
    }

    private static func isDay(_ name: String) -> Bool {
        name.utf8.count == 3 && (name.first == "c" || name.first == "u") && Int(name.dropFirst()) != nil
    }

    private func number(_ name: String) -> Int { item[name]?.number ?? 0 }
}
#endif
