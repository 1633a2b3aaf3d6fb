#if DynamoDB
import Headcount

/// The numbers of a page or of the site: its live item, with the days of one month, or the archive of another month.
///
/// Each day has attributes like `c24` and `u24`, so that one write updates the total and the day.
package struct PageItem: Sendable {
    let item: Item

    package init(item: Item) { self.item = item }

    /// The total of all days; of an archive, the sum of its days.
    package var total: Tally.Count { Tally.Count(count: number("count"), unique: number("uniq")) }

    /// The month of its days.
    package var month: Month { Month(item["month"]?.string ?? "") }

    /// The first day that has numbers.
    package var since: Day? { item["since"]?.number.map(Day.init(number:)) }

    /// The attributes of its days.
    package var days: Item { item.filter { Self.isDay($0.key) } }

    /// - Returns: zeros for a day of another month.
    package func numbers(on day: Day) -> Statistics.DayCount {
        guard Month(day) == month else { return .init(day: day) }
        let numbers = Self.names(on: day).map(number)
        return .init(
            day: day,
            count: .init(count: numbers[0], unique: numbers[1]),
            leftOut: .init(crawlers: numbers[2], prefetches: numbers[3], ignored: numbers[4])
        )
    }

    /// The sum of its days that are in a range.
    package func sum(in range: ClosedRange<Day> = Day.supported) -> Tally.Count {
        // As text, days are in order.
        let range = "\(range.lowerBound)"..."\(range.upperBound)"
        var sum = Tally.Count.zero
        for (name, value) in days where range.contains("\(month)-\(name.suffix(2))") {
            switch name.first {
            case "c": sum.count += value.number ?? 0
            case "u": sum.unique += value.number ?? 0
            default: break
            }
        }
        return sum
    }

    /// The attributes of a total.
    package static func attributes(of total: Tally.Count) -> Item {
        ["count": .number(total.count), "uniq": .number(total.unique)]
    }

    /// The names of a day's attributes: visits, unique visitors, and the left-out crawlers, prefetches and ignored
    /// addresses.
    package static func names(on day: Day) -> [String] {
        let number = "\(day)".suffix(2)
        return "cubpi".map { "\($0)\(number)" }
    }

    /// A day's attributes, without zeros.
    package static func attributes(of day: Statistics.DayCount) -> Item {
        let (count, leftOut) = (day.count, day.leftOut)
        let numbers = [count.count, count.unique, leftOut.crawlers, leftOut.prefetches, leftOut.ignored]
        let attributes = zip(names(on: day.day), numbers.map(AttributeValue.number))
        return Item(uniqueKeysWithValues: attributes).filter { $1.number != 0 }
    }

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
        name.utf8.count == 3 && "cubpi".contains(name.prefix(1)) && Int(name.dropFirst()) != nil
    }

    private func number(_ name: String) -> Int { item[name]?.number ?? 0 }
}
#endif
