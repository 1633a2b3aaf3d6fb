import Headcount

/// The key of a visitor in the table `visitor`: the day's number modulo 256, then 56 bits of the visitor's id.
///
/// With this integer key the table is half as large as with whole ids, and faster to search. Among a million visitors
/// in a day, the chance that two have the same key is one in 140,000; the second one would not be counted as unique.
struct VisitorKey {
    let value: Int

    init(_ visitor: VisitorID, on day: Day) {
        value = Self.keys(of: day).lowerBound | Int(visitor.low & (1 << 56 - 1))
    }

    /// All keys of a day.
    static func keys(of day: Day) -> ClosedRange<Int> {
        let first = Int(Int8(truncatingIfNeeded: day.number)) << 56
        return first...(first | (1 << 56 - 1))
    }

    /// All keys of the day that a key belongs to.
    static func keys(ofDayWith key: Int) -> ClosedRange<Int> {
        keys(of: Day(number: key >> 56))
    }
}
