import Crypto
import FoundationEssentials

// Shared by the dashboard and the form to sign in.

extension HTML {
    /// A document with the dashboard's style.
    static func document(title: String, _ body: HTML) -> HTML {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(title) – Headcount</title>
        <link rel="icon" href="\(icon)">
        <style>\(style)</style>
        </head>
        <body>
        \(body)
        </body>
        </html>

        """
    }

    private static let style = HTML(stringLiteral: String(decoding: PackageResources.dashboard_css, as: UTF8.self))

    private static let icon =
        "data:image/svg+xml,"
        + PercentEncoding.encoded(
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='#1d63c4'>"
                + "<path d='M1 15V9h4v6zM6 15V5h4v10zM11 15V1h4v14z'/></svg>"
        )
}

extension Response {
    /// A document that nobody may store, frame or index, and that loads nothing.
    ///
    /// - Parameter policy: further directives of its Content-Security-Policy.
    static func document(_ html: HTML, status: Status = .ok, policy: String) -> Response {
        Response(
            status: status,
            fields: [
                .init("Content-Type", "text/html; charset=utf-8"), .noStore, .nosniff,
                .init(
                    "Content-Security-Policy",
                    "default-src 'none'; style-src '\(styleHash)'; img-src data:; \(policy); base-uri 'none'; "
                        + "frame-ancestors 'none'"
                ),
                .init("Referrer-Policy", "no-referrer"),
                .init("X-Robots-Tag", "noindex"),
            ],
            body: html.text
        )
    }

    private static let styleHash = contentHash(PackageResources.dashboard_css)

    /// The hash of inline text, as a Content-Security-Policy names it.
    static func contentHash(_ text: [UInt8]) -> String {
        "sha256-" + Data(SHA256.hash(data: text)).base64EncodedString()
    }
}
