/// `/headcount/stats`: the numbers of every day of a range, and the most visited pages, as JSON.
struct StatisticsEndpoint: StatisticsReading {
    static let path = "/headcount/stats"

    let reader: StatisticsReader

    func job(for request: Request, at now: Moment) throws(Problem) -> Job {
        try reader.job(for: request, at: now) { .json($0.json) }
    }
}

extension Statistics {
    package var json: String {
        let since = since.map { "\"\($0)\"" } ?? "null"
        let days = days.map { day in
            let leftOut = page == nil ? ",\"leftOut\":{\(day.leftOut.json)}" : ""
            return "{\"day\":\"\(day.day)\",\(day.count.json)\(leftOut)}"
        }.joined(separator: ",")
        let pages = pages.map { $0.count.json(ofPage: $0.path) }.joined(separator: ",")
        return "{\(total.json),\"since\":\(since),\"days\":[\(days)],\"pages\":[\(pages)]}"
    }
}

extension LeftOut {
    /// The members of a JSON object.
    package var json: String { "\"crawlers\":\(crawlers),\"prefetches\":\(prefetches),\"ignored\":\(ignored)" }
}
