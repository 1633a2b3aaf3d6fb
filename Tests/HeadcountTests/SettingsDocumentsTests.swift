import FoundationEssentials
import Glibc
import Headcount
import Testing

/// The documents that list the settings. Run `make man` to update the lists after you change the table.
@Suite("The settings are listed, as their table says, in")
struct SettingsDocumentsTests {
    @Test("docs/settings.md")
    func table() throws {
        let rows = Setting.all.map { setting in
            let text = setting.defaultText.isEmpty ? "none" : "`\(setting.defaultText)`"
            return "| `\(setting.name)` | \(text) | \(setting.allowed) | \(setting.help) |"
        }
        try expect(
            rows.joined(separator: "\n"),
            in: "docs/settings.md",
            after: "| --- | --- | --- | --- |\n",
            before: "\n\n"
        )
    }

    @Test("deploy/headcount.env")
    func settingsFile() throws {
        let settings = Setting.inFile.map { setting in
            comment("\(setting.help) Allowed: \(setting.allowed).") + "\n#\(setting.name)=\(setting.defaultText)\n"
        }
        try expect(settings.joined(separator: "\n"), in: "deploy/headcount.env", after: "\n\n", before: nil)
    }

    @Test("docs/headcount.env.5")
    func manualPage() throws {
        let items = Setting.all.map { setting in
            let text = setting.defaultText.isEmpty ? "Not set by default." : "The default is `\(setting.defaultText)`."
            let lines = "\(setting.help)\nAllowed: \(setting.allowed).\n\(text)".replacing(". ", with: ".\n")
            return ".It Ev \(setting.name)\n\(bold(lines))\n"
        }
        try expect(
            items.joined(),
            in: "docs/headcount.env.5",
            after: ".Sh SETTINGS\n.Bl -tag -width Ds\n",
            before: ".El"
        )
    }

    /// Compares a part of a file of the repository, or rewrites it if `WRITE_DOCUMENTS` is set.
    private func expect(_ list: String, in file: String, after start: String, before end: String?) throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../\(file)")
        let text = try String(decoding: Data(contentsOf: path), as: UTF8.self)
        let rest = text[try #require(text.firstRange(of: start)).upperBound...]
        let listed = rest[..<(try end.map { try #require(rest.firstRange(of: $0)).lowerBound } ?? rest.endIndex)]
        if getenv("WRITE_DOCUMENTS") != nil {
            let written = text[..<listed.startIndex] + list + text[listed.endIndex...]
            try Data(written.utf8).write(to: path)
        } else {
            #expect(listed == list, "run `make man`")
        }
    }

    /// A comment in lines of at most 118 characters.
    private func comment(_ text: String) -> String {
        var lines = ["#"]
        for word in text.split(separator: " ") {
            if lines[lines.count - 1].count + word.count > 117 { lines.append("#") }
            lines[lines.count - 1] += " \(word)"
        }
        return lines.joined(separator: "\n")
    }

    /// With what stands between backticks in bold, for man(7).
    private func bold(_ text: String) -> String {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .map { $0.isMultiple(of: 2) ? "\($1)" : "\\fB\($1)\\fR" }.joined()
    }
}
