/// The number, label and colour of a picture, from the query of `/count.svg` or `/badge.svg`.
struct Picture: Sendable {
    private let metric: Metric
    private let label: Badge.Label
    private let color: Badge.Color

    private enum Metric: String {
        case count, unique

        var label: Badge.Label {
            switch self {
            case .count: .visits
            case .unique: .visitors
            }
        }
    }

    /// - Throws: a 400 that names the field.
    init(_ query: Query) throws(Problem) {
        metric =
            try query.field("metric") { (text: String) throws(InvalidValue) in
                guard let metric = Metric(rawValue: text) else { throw InvalidValue("must be count or unique") }
                return metric
            } ?? .count
        label = try query.field("label", Badge.Label.init) ?? metric.label
        color =
            try query.field("color") { (text: String) throws(InvalidValue) in
                guard let color = Badge.Color(text) else { throw .init(Badge.Color.allowed) }
                return color
            } ?? .default
    }

    func svg(_ tally: Tally, of page: Page?) -> String {
        let count = page == nil ? tally.site : tally.page
        let value = count.map { (metric == .count ? $0.count : $0.unique).grouped }
        return Badge(label: label, value: value ?? Self.unknown, color: color).svg
    }

    /// The text for a page past the page limit.
    private static let unknown = "–"
}
