/// A visit to count.
package struct Visit: Sendable {
    /// The visited page; `nil` for the site alone.
    package var page: Page?
    /// The visitor of the site; `nil` if it is known to be stored today, so that the store need not look it up.
    package var siteVisitor: VisitorID?
    /// The visitor of the page; `nil` without a page, or if it is known to be stored today.
    package var pageVisitor: VisitorID?
    /// Identifies the request with its path and query; `nil` if the web server assigns no id.
    package var request: RequestID?

    package init(
        page: Page? = nil,
        siteVisitor: VisitorID? = nil,
        pageVisitor: VisitorID? = nil,
        request: RequestID? = nil
    ) {
        self.page = page
        self.siteVisitor = siteVisitor
        self.pageVisitor = pageVisitor
        self.request = request
    }
}
