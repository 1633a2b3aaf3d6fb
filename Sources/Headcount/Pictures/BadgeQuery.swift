/// The metric, label and colour of a badge, from a query.
struct BadgeQuery: Sendable {
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

    func badge(_ tally: Tally, of page: Page?) -> Badge {
        let count = page == nil ? tally.site : tally.page
        let value = count.map { (metric == .count ? $0.count : $0.unique).grouped }
        return Badge(label: label, value: value ?? Self.unknown, color: color)
    }

    /// The text for a page past the page limit.
    private static let unknown = "–"
}
