import Headcount

extension Int {
    /// With commas between thousands.
    var grouped: String {
        guard magnitude >= 1000 else { return "\(self)" }
        let rest = "\((self % 1000).magnitude)"
        return "\((self / 1000).grouped),\(String(repeating: "0", count: 3 - rest.count))\(rest)"
    }
}

extension String {
    func padded(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}

extension Tally.Count {
    /// `12 visits, 3 unique`
    var inWords: String { "\(count.grouped) visits, \(unique.grouped) unique" }
}
