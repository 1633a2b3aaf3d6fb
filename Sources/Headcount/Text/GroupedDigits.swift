extension Int {
    /// The number with a comma between groups of three digits: `1,234,567`.
    package var grouped: String {
        guard magnitude >= 1000 else { return "\(self)" }
        let rest = "\((self % 1000).magnitude)"
        return "\((self / 1000).grouped),\(String(repeating: "0", count: 3 - rest.count))\(rest)"
    }

    /// The grouped number of things: `1 visit`, `1,204 visits`.
    func counting(_ thing: String) -> String { "\(grouped) \(thing)\(self == 1 ? "" : "s")" }
}
