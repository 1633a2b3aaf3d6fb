/// `/headcount/days.csv`: the numbers of every day of a range.
struct DaysEndpoint: StatisticsReading {
    static let path = "/headcount/days.csv"

    let reader: StatisticsReader

    func job(for request: Request, at now: Moment) throws(Problem) -> Job {
        try reader.job(for: request, at: now, maximumPages: 0) { .csv($0.daysCSV) }
    }
}

extension Statistics {
    package var daysCSV: String {
        let hasLeftOut = page == nil
        let header = ["day", "count", "unique"] + (hasLeftOut ? ["crawlers", "prefetches", "ignored"] : [])
        let records = days.map { day in
            let numbers = [day.count.count, day.count.unique]
            let leftOut = [day.leftOut.crawlers, day.leftOut.prefetches, day.leftOut.ignored]
            return ["\(day.day)"] + (numbers + (hasLeftOut ? leftOut : [])).map(String.init)
        }
        return ([header] + records).map(CSV.record).joined()
    }
}
