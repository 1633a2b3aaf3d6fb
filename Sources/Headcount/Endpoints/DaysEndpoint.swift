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
        CSV.table(["day", "count", "unique"], days.map { ["\($0.day)", "\($0.count.count)", "\($0.count.unique)"] })
    }
}
