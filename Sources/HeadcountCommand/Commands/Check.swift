import ArgumentParser
import Foundation
import Headcount

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what is wrong, and what to do about it.",
        discussion: """
            Reads the settings, looks at the database's place, permissions and every page of it, at the clock and at the \
            room that is left, and tells what the service would do. It changes nothing. The exit status is 0 when nothing \
            is wrong, else that of the first finding; warnings leave it 0.
            """
    )

    @Flag(name: .shortAndLong, help: "Print findings only, and nothing when all is well.")
    var quiet = false

    func run() throws {
        let configuration = try Settings.load()
        if !quiet { show(configuration) }
        let findings = Examination(configuration).findings
        for finding in findings where !quiet || finding.kind != .fine { print(finding) }
        if let worst = findings.first(where: { $0.status != EX_OK }) { throw ExitCode(worst.status) }
    }

    private func show(_ configuration: Configuration) {
        print("settings, from \(Settings.sources):")
        for (name, value) in configuration.settings where !value.isEmpty { print("  \(name)=\(value)") }
        print("\nthe service:")
        for line in configuration.behaviour { print("  \(line)") }
        print("")
    }
}

extension Configuration {
    /// What the service does under these settings, in sentences.
    fileprivate var behaviour: [String] {
        let readers =
            switch statistics {
            case .nobody: "nobody, since no HEADCOUNT_STATS_PASSWORD is set"
            case .whoProves: "whoever has the password"
            case .everybody: "everybody"
            }
        let place = store == .sqlite ? database : "the DynamoDB table \(table)" + (endpoint.map { " at \($0)" } ?? "")
        return [
            "listens on the socket that whoever starts it passes" + (listen.map { ", else on \($0)" } ?? ""),
            "counts at \(basePath)\(countPath), for pages of \(cors == .any ? "any origin" : "\(cors)")",
            "leaves out \(countsCrawlers ? "no crawlers" : "crawlers")"
                + (ignored.isEmpty ? "" : " and \(ignored.map(\.description).joined(separator: ", "))"),
            "counts up to \(maximumPages.grouped) pages one by one",
            "shows statistics to \(readers)",
            "keeps its numbers in \(place)",
        ]
    }
}
