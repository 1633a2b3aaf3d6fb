/// `/headcount/days.csv`: the numbers of every day of a range.
struct DaysEndpoint: Endpoint {
    static let path = "/headcount/days.csv"

    private let reader: StatisticsReader

    init?(_ configuration: Configuration) {
        guard let reader = StatisticsReader(configuration) else { return nil }
        self.reader = reader
    }

    func job(for request: Request, on day: Day) throws(Problem) -> Job {
        try reader.job(for: request, on: day) { .csv($0.daysCSV) }
    }
}

extension Statistics {
    package var daysCSV: String {
        let header = ["day", "count", "unique"]
        let records = days.map { ["\($0.day)", "\($0.count.count)", "\($0.count.unique)"] }
        guard page == nil else { return CSV.table(header, records) }
        let leftOut = days.map { ["\($0.leftOut.crawlers)", "\($0.leftOut.prefetches)", "\($0.leftOut.ignored)"] }
        return CSV.table(header + ["crawlers", "prefetches", "ignored"], zip(records, leftOut).map { $0 + $1 })
    }
}
