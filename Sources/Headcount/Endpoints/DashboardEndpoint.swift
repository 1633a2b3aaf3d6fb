/// `/headcount/`: the statistics as a page for the owner, or a form that signs in by a `POST` to the same path.
struct DashboardEndpoint: Endpoint {
    static let path = "/headcount/"
    static let methods: [Request.Method] = [.get, .head, .post]

    private let reader: StatisticsReader
    private let basePath: String
    private let maximumPages: Int

    init?(_ configuration: Configuration) {
        guard let reader = StatisticsReader(configuration) else { return nil }
        self.reader = reader
        basePath = configuration.basePath
        maximumPages = configuration.maximumPages
    }

    func job(for request: Request, at now: Moment) throws(Problem) -> Job {
        if request.method == .post { return .answer(try reader.signIn(request, at: now)) }
        let counter = CounterAddress(of: request, basePath: basePath)
        guard reader.admits(request, at: now) else { return .answer(SignInPage(counter: counter).response) }
        let view = try DashboardView(Query(request.query), on: now.day)
        let maximumPages = maximumPages
        return .summarize(view.statistics) {
            let page = DashboardPage(view: view, statistics: $0, counter: counter, maximumPages: maximumPages, now: now)
            return .document(page.html, policy: "form-action 'self'")
        }
    }
}

/// The view of the dashboard that its query selects.
struct DashboardView {
    var period: Period
    /// `nil` for the site.
    var page: Page?
    /// Lists the pages that contain this text.
    var text: String
    /// How many pages to list.
    var limit: Int

    static let limits = [20, 100]
    private static let maximumTextLength = 200

    /// - Throws: a 400 that names the field.
    init(_ query: Query, on today: Day) throws(Problem) {
        page = try query.page()
        let length = try query.field("range") { (text: String) throws(InvalidValue) in
            guard let length = Period.Length(rawValue: text) else {
                throw InvalidValue("must be 7d, 30d, 90d, 12m or all")
            }
            return length
        }
        period = Period(length ?? .month, until: today)
        text =
            try query.field("q") { (text: String) throws(InvalidValue) in
                guard text.unicodeScalars.count <= Self.maximumTextLength else {
                    throw InvalidValue("must be no longer than \(Self.maximumTextLength) code points")
                }
                return text
            } ?? ""
        limit =
            try query.field("pages") { (text: String) throws(InvalidValue) in
                guard let limit = Int(text), Self.limits.contains(limit) else {
                    throw InvalidValue("must be 20 or 100")
                }
                return limit
            } ?? Self.limits[0]
    }

    /// The statistics of the period, with the days of the period before.
    var statistics: StatisticsQuery {
        let ranking = Ranking(first: period.first, text: text, limit: page == nil ? limit : 0)
        return StatisticsQuery(page: page, first: period.firstBefore, last: period.last, ranking: ranking)
    }
}
