/// One visit that counts, on its way to the store.
package struct Visit: Sendable {
    /// The page it names, if it names one.
    package var page: Page?
    /// Who came to the site; `nil` once this visitor is known to be stored today, so that the store need not look.
    package var siteVisitor: VisitorID?
    /// Who came to the page; `nil` without a page, or once this visitor of the page is known to be stored today.
    package var pageVisitor: VisitorID?
    /// The request it came by, with what it asks for; `nil` when the web server gives it no name.
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
