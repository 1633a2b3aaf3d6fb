/// `/headcount/pages.csv`: the visited pages of a range of days, the most visited first.
struct PagesEndpoint: Endpoint {
    static let path = "/headcount/pages.csv"

    /// Ten times the default of `HEADCOUNT_MAX_PAGES`. `headcount export` has no limit.
    private static let maximumPages = 10_000

    private let reader: StatisticsReader

    init?(_ configuration: Configuration) {
        guard let reader = StatisticsReader(configuration) else { return nil }
        self.reader = reader
    }

    func job(for request: Request, on day: Day) throws(Problem) -> Job {
        try reader.job(for: request, on: day, maximumPages: Self.maximumPages) { .csv($0.pagesCSV) }
    }
}

extension Statistics {
    package var pagesCSV: String {
        CSV.table(["path", "count", "unique"], pages.map { [$0.path, "\($0.count.count)", "\($0.count.unique)"] })
    }
}
