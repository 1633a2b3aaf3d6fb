/// `/headcount/pages.csv`: the visited pages of a range of days, the most visited first.
struct PagesEndpoint: StatisticsReading {
    static let path = "/headcount/pages.csv"

    /// The default of `HEADCOUNT_MAX_PAGES`.
    private static let maximumPages = 1000

    let reader: StatisticsReader

    func job(for request: Request, at now: Moment) throws(Problem) -> Job {
        try reader.job(for: request, at: now, maximumPages: Self.maximumPages) { .csv($0.pagesCSV) }
    }
}

extension Statistics {
    /// Ends before ``maximumLength``: a response must fit into the buffer of its connection, and strangers can name
    /// long pages.
    var pagesCSV: String {
        var csv = CSV.record(["path", "count", "unique"])
        for page in pages {
            let record = CSV.record([page.path, "\(page.count.count)", "\(page.count.unique)"])
            guard csv.utf8.count + record.utf8.count <= Self.maximumLength else { break }
            csv += record
        }
        return csv
    }

    /// In bytes.
    private static let maximumLength = 150_000
}
