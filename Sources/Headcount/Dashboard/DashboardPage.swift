/// The dashboard as one HTML document, without scripts and without further requests.
struct DashboardPage {
    let view: DashboardView
    /// Of the period and of the period before.
    let statistics: Statistics
    let counter: CounterAddress
    let maximumPages: Int
    let now: Moment

    private var period: Period { view.period }
    private var total: Tally.Count { statistics.total }

    /// The days of the period.
    private var days: ArraySlice<Statistics.DayCount> {
        statistics.days.drop { day in period.first.map { day.day < $0 } ?? false }
    }

    /// The numbers of the period. All time includes numbers without a day, such as an old counter's.
    private var numbers: Tally.Count { period.first == nil ? total : days.sum }

    var html: HTML {
        let subject = view.page.map { "\($0.path) – \(counter.name)" } ?? counter.name
        return .document(
            title: subject,
            """
            <a class="skip" href="#main">Skip to the numbers</a>
            <header>
            <h1>\(counter.name)</h1>
            \(total == .zero ? nil : ranges)
            </header>
            <main id="main">
            \(total == .zero ? empty : content)
            </main>
            \(footer)
            """
        )
    }

    private var content: HTML {
        """
        \(heading)
        \(figures)
        \(chart)
        \(notices)
        \(view.page == nil ? pages : nil)
        \(downloads)
        \(EmbeddingGuide(counter: counter, page: view.page, visits: total.count).html)
        """
    }

    // MARK: - Ranges

    private var ranges: HTML {
        let items = Period.Length.allCases.map { length -> HTML in
            let isCurrent: HTML? = length == period.length ? " aria-current=\"page\"" : nil
            return "<li><a href=\"\(link(length: length))\"\(isCurrent)>\(length.label)</a>"
        }
        return "<nav aria-label=\"Range\"><ul>\(items)</ul></nav>"
    }

    private var heading: HTML {
        let dates = days.first.map { $0.day.range(to: period.last) } ?? ""
        guard let page = view.page else { return "<h2 class=\"dates\">\(dates)</h2>" }
        return "\(crumbs(to: page))\n<h2 class=\"dates\">\(dates)</h2>"
    }

    private func crumbs(to page: Page) -> HTML {
        "<p class=\"crumbs\">\(linkToAllPages) › \(HTML(pageName: page.path))</p>"
    }

    private var linkToAllPages: HTML { "<a href=\"?range=\(period.length.rawValue)\">All pages</a>" }

    /// A link to another view of the dashboard.
    private func link(length: Period.Length? = nil, page: String? = nil, limit: Int? = nil) -> String {
        var link = "?range=\((length ?? period.length).rawValue)"
        if let page = page ?? view.page?.path { link += "&page=\(PercentEncoding.encoded(page))" }
        if page == nil, !view.text.isEmpty { link += "&q=\(PercentEncoding.encoded(view.text))" }
        if let limit { link += "&pages=\(limit)" }
        return link
    }

    // MARK: - Numbers

    private var figures: HTML {
        let today = statistics.days.last?.count ?? .zero
        let visits = period.change(of: \.count, in: statistics).map {
            "Until yesterday, \($0.amount) \($0.conjunction) in the \(period.length.label) before"
        }
        let visitors = period.change(of: \.unique, in: statistics).map { "Counted day by day; \($0.amount)" }
        let since = statistics.since?.long
        let allTime: HTML? =
            period.first == nil
            ? nil
            : Self.figure(
                "All time",
                total.count,
                total.unique.counting("visitor") + (since.map { " since \($0)" } ?? "")
            )
        let lead = period.first == nil ? since.map { "Since \($0)" } : visits
        return """
            <dl class="figures">
            \(Self.figure("Visits", numbers.count, lead ?? "", isLead: true))
            \(Self.figure("Visitors", numbers.unique, visitors ?? "Counted day by day"))
            \(Self.figure("Today so far", today.count, "\(today.unique.counting("visitor")). \(endOfDay)"))
            \(allTime)
            </dl>
            """
    }

    private static func figure(_ name: String, _ number: Int, _ note: String, isLead: Bool = false) -> HTML {
        let names = (isLead ? ["lead"] : []) + (number >= 1_000_000 ? ["long"] : [])
        let classes: HTML? = names.isEmpty ? nil : " class=\"\(names.joined(separator: " "))\""
        return "<div\(classes)><dt>\(name)<dd><b>\(number)</b><dd>\(note)</div>"
    }

    private var endOfDay: String {
        let minutes = max(0, (now.day.advanced(by: 1).start.milliseconds - now.instant.milliseconds) / 60_000)
        let hours = minutes >= 60 ? "\(minutes / 60)\u{A0}h " : ""
        return "The day ends in \(hours)\(minutes % 60)\u{A0}min, at 00:00 UTC."
    }

    private var notices: HTML? {
        var notices: [HTML] = []
        if let leftOut = statistics.days.last?.leftOut, leftOut != .zero {
            notices.append("<li>\(leftOut.inWords) left out today.")
        }
        if maximumPages > 0, statistics.countedPages >= maximumPages {
            notices.append(
                """
                <li>The page limit of \(maximumPages) is reached: visits to other pages count for the site alone. \
                <code>HEADCOUNT_MAX_PAGES</code> raises it.
                """
            )
        }
        return notices.isEmpty ? nil : "<ul class=\"notices\">\(notices)</ul>"
    }

    // MARK: - Days

    private var chart: HTML {
        let bars = Bar.bars(of: days, since: statistics.since)
        guard let unit = bars.first?.unit.rawValue else { return "" }
        guard bars.contains(where: { $0.visits > 0 }) else {
            return "<p>There were no visits in these days.</p>"
        }
        let rows = bars.reversed().compactMap { bar in
            bar.count.map { count -> HTML in
                "<tr><th scope=\"row\">\(bar.name)<td>\(count.count)<td>\(count.unique)"
            }
        }
        let ongoing = unit == "day" ? "Today" : "This \(unit)"
        return """
            <section class="card" aria-labelledby="chart">
            <h2 id="chart">Visits by \(unit)</h2>
            <p class="legend"><span><svg aria-hidden="true"><rect/></svg> Visits</span> \
            <span><svg aria-hidden="true"><rect class="visitors"/></svg> Visitors</span> \
            <span><svg aria-hidden="true"><rect class="ongoing"/></svg> \(ongoing), not over yet</span></p>
            \(Chart(bars).html)
            <details><summary>The same numbers as a table</summary>
            <div class="scroll" tabindex="0" role="region" aria-label="The same numbers"><table>
            <thead><tr><th scope="col">\(unit.prefix(1).uppercased() + unit.dropFirst())<th scope="col">Visits\
            <th scope="col">Visitors</thead>
            <tbody>\(rows)</tbody>
            </table></div>
            </details>
            </section>
            """
    }

    // MARK: - Pages

    private var pages: HTML {
        """
        <section class="pages" aria-labelledby="pages">
        <div class="row"><h2 id="pages">Pages</h2>
        <form><input type="hidden" name="range" value="\(period.length.rawValue)">\
        <label>Pages that contain <input type="search" name="q" value="\(view.text)" maxlength="200"></label> \
        <button>Show</button></form></div>
        \(statistics.pages.isEmpty ? noPages : pageTable)
        </section>
        """
    }

    private var noPages: HTML {
        view.text.isEmpty
            ? "<p>No page was visited in these days.</p>"
            : "<p>No page with “<bdi>\(view.text)</bdi>” was visited in these days. \(linkToAllPages)</p>"
    }

    private var pageTable: HTML {
        var (rows, length): ([HTML], Int) = ([], 0)
        for page in statistics.pages where length < Self.maximumPagesLength {
            let row = row(of: page)
            rows.append(row)
            length += row.text.utf8.count
        }
        let (shown, all) = (rows.count, statistics.matchingPages)
        let more: HTML? =
            if shown == all {
                nil
            } else if let next = DashboardView.limits.first(where: { $0 > view.limit }) {
                " <a href=\"\(link(limit: next))#pages\">Show \(next)</a>"
            } else {
                " The download has more."
            }
        return """
            <table><thead><tr><th scope="col">Page<th scope="col">Visits<th scope="col">Visitors</thead>
            <tbody>\(rows)</tbody></table>
            <p class="quiet">\(shown == all ? nil : "\(shown) of ")\(all.counting("page")).\(more)</p>
            """
    }

    private func row(of page: Statistics.PageCount) -> HTML {
        let tenths = page.count.count * 1000 / max(statistics.pages[0].count.count, 1)
        return """
            <tr><th scope="row"><a href="\(link(page: page.path))">\(HTML(pageName: page.path))</a><svg aria-hidden="true"><rect width="\("\(tenths / 10).\(tenths % 10)")%"/></svg>\
            <td>\(page.count.count)<td>\(page.count.unique)
            """
    }

    /// In bytes. A response must fit into the buffer of its connection, and strangers can name long pages.
    private static let maximumPagesLength = 100_000

    // MARK: - Downloads, help

    private var downloads: HTML {
        let page = view.page.map { "&page=\(PercentEncoding.encoded($0.path))" } ?? ""
        let query = "?days=\(period.downloadedDays)\(page)"
        let pages: HTML? = view.page == nil ? "<li><a href=\"pages.csv\(query)\">Pages as CSV</a>" : nil
        return """
            <section class="downloads" aria-labelledby="downloads">
            <h2 id="downloads">Download the last \(period.downloadedDays) days</h2>
            <ul><li><a href="days.csv\(query)">Days as CSV</a>\(pages)<li><a href="stats\(query)">All as JSON</a></ul>
            </section>
            """
    }

    private var empty: HTML {
        if let page = view.page {
            return """
                \(crumbs(to: page))
                <h2>This page has not been counted</h2>
                <p>Its name has to be the path that the script sends: the path in the browser's address bar.</p>
                """
        }
        let guide = EmbeddingGuide(counter: counter, page: nil, visits: 0)
        return """
            <section class="card first" aria-labelledby="first">
            <h2 id="first">Nothing counted yet</h2>
            <p>Put these two lines into your pages. The first one counts, and the second one shows the number.</p>
            \(guide.script)
            <p>Then open one of your pages, and reload this one. To test the counter alone, send it a visit:</p>
            <pre tabindex="0" aria-label="Command">curl -X POST '\(counter.url)/headcount?page=/test'</pre>
            <p>Pages on <code>localhost</code> and opened from files show the numbers, but are not counted.</p>
            </section>
            \(notices)
            """
    }

    private var footer: HTML {
        """
        <footer>
        <p>A <b>visit</b> is one view of a page. A <b>visitor</b> is one browser at one network address on one day of UTC: \
        someone who comes on three days counts three times. No address and no cookie is stored.</p>
        <p>Headcount \(version)</p>
        </footer>
        """
    }
}

extension Day {
    /// `29 October – 27 November 2026`
    fileprivate func range(to last: Day) -> String {
        if self == last { return long }
        if date.year != last.date.year { return "\(long) – \(last.long)" }
        return date.month == last.date.month
            ? "\(date.day)–\(last.long)" : "\(date.day) \(monthName) – \(last.long)"
    }
}

extension LeftOut {
    /// `312 requests from machines, 4 prefetched by browsers and 2 from ignored addresses were`
    fileprivate var inWords: String {
        var parts: [String] = []
        if crawlers > 0 { parts.append("\(crawlers.grouped) from machines") }
        if prefetches > 0 { parts.append("\(prefetches.grouped) prefetched by browsers") }
        if ignored > 0 { parts.append("\(ignored.grouped) from ignored addresses") }
        let sum = crawlers + prefetches + ignored
        let list = parts.dropLast().joined(separator: ", ") + (parts.count > 1 ? " and " : "") + (parts.last ?? "")
        let words = list.split(separator: " ", maxSplits: 1)
        return "\(words[0]) \(sum == 1 ? "request" : "requests") \(words[1]) \(sum == 1 ? "was" : "were")"
    }
}

extension HTML {
    /// The path of a page, which strangers may have named: invisible characters and those that reverse text (UAX #9) are
    /// shown as codes, and the rest can't reorder what is around it.
    init(pageName path: String) {
        var (parts, text): ([HTML], String) = ([], "")
        for scalar in path.unicodeScalars {
            guard scalar.isInvisible else {
                text.unicodeScalars.append(scalar)
                continue
            }
            let code = String(scalar.value, radix: 16, uppercase: true)
            parts += ["\(text)", "<i>U+\(String(repeating: "0", count: max(0, 4 - code.count)) + code)</i>"]
            text = ""
        }
        self = "<bdi>\(parts + ["\(text)"])</bdi>"
    }
}

extension Unicode.Scalar {
    /// Joiners and variation selectors are not invisible: they shape letters and emoji.
    fileprivate var isInvisible: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        case .format: value != 0x200C && value != 0x200D
        default: properties.isDefaultIgnorableCodePoint && !properties.isVariationSelector
        }
    }
}
