/// Comma-separated values (RFC 4180).
enum CSV {
    static func table(_ header: [String], _ records: [[String]]) -> String {
        ([header] + records).map { $0.map(field).joined(separator: ",") + "\r\n" }.joined()
    }

    private static func field(_ text: String) -> String {
        let needsQuotes = text.utf8.contains { ",\"\r\n".utf8.contains($0) }
        return needsQuotes ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
    }
}
