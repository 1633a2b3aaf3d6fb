/// What an owner copies into pages: the script, and the badge of the page in view.
struct EmbeddingGuide {
    let counter: CounterAddress
    /// `nil` for the site.
    let page: Page?
    let visits: Int

    var html: HTML {
        let query = page.map { "?page=\(PercentEncoding.encoded($0.path))" } ?? ""
        return """
            <details class="card embed"><summary>Put the counter on your pages</summary>
            <p>The script counts, and the second line shows the number:</p>
            \(script)
            <p>The same script, frozen, so that browsers can check that it is unchanged:</p>
            \(Self.code("<script defer src=\"\(counter.url)/headcount-v1.js\" integrity=\"\(ScriptEndpoint.integrity)\" crossorigin></script>"))
            <p>A picture of the number, for a README or a mail: <img src="\(badge)" alt="visits: \(visits)"></p>
            \(Self.code("<img src=\"\(counter.url)/headcount/badge.svg\(query)\" alt=\"visits\">"))
            </details>
            """
    }

    private var badge: String {
        let badge = Badge(label: .visits, value: visits.grouped, color: .default)
        return "data:image/svg+xml,\(PercentEncoding.encoded(badge.svg))"
    }

    /// The two lines that count and show.
    var script: HTML {
        Self.code(
            """
            <script defer src="\(counter.url)/headcount.js"></script>
            <span data-headcount="visits">–</span> visits
            """
        )
    }

    private static func code(_ text: String) -> HTML {
        "<pre tabindex=\"0\" aria-label=\"Code to copy\"><code>\(text)</code></pre>"
    }
}
