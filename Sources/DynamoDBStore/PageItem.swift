#if DynamoDB
import Headcount

/// The numbers of a page or of the site: its live item, with the days of one month, or the archive of another month.
///
/// Days are attributes by themselves, `c24` and `u24`, so that one addition moves a total and its day together.
struct PageItem: Sendable {
    let item: Item

    var total: Tally.Count { Tally.Count(count: number("count"), unique: number("uniq")) }

    /// The month whose days it has.
    var month: Month { Month(item["month"]?.string ?? "") }

    /// The first day that has a visit.
    var since: Day? { item["since"]?.number.map(Day.init(number:)) }

    /// The attributes of its days.
    var days: Item { item.filter { Self.isDay($0.key) } }

    /// Zero for a day of another month.
    func count(on day: Day) -> Tally.Count {
        guard Month(day) == month else { return .zero }
        return Tally.Count(count: number(Self.visits(on: day)), unique: number(Self.visitors(on: day)))
    }

    static func visits(on day: Day) -> String { "c\("\(day)".suffix(2))" }
    static func visitors(on day: Day) -> String { "u\("\(day)".suffix(2))" }

    private static func isDay(_ name: String) -> Bool {
        name.utf8.count == 3 && (name.first == "c" || name.first == "u") && Int(name.dropFirst()) != nil
    }

    private func number(_ name: String) -> Int { item[name]?.number ?? 0 }
}
#endif
