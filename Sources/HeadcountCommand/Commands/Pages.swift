import ArgumentParser
import Glibc
import Headcount

struct Pages: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the pages, or remove some.",
        subcommands: [List.self, Remove.self],
        defaultSubcommand: List.self
    )

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List all pages, the most visited first: visits, unique visitors and path, separated by tabs.",
            discussion: """
                EXAMPLE, which removes the pages that were visited only once:
                  headcount pages list --below 2 | cut -f3 | xargs -d '\\n' headcount pages rm --yes
                """
        )

        @Option(help: ArgumentHelp("Only pages with fewer visits than this.", valueName: "n"))
        var below: Int?

        func run() throws {
            let histories = try Counter(for: .reading).store.histories()
            let pages = histories.dropFirst().filter { $0.total.count < below ?? .max }
            for page in pages.sorted(by: { $0.total.count > $1.total.count }) {
                let path = page.page?.path ?? ""
                // Other programs get the exact path.
                let shown = Terminal.showsOutput ? path.oneLine : path
                print("\(page.total.count)\t\(page.total.unique)\t\(shown)")
            }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm",
            abstract: "Remove pages and their numbers. The site keeps its numbers.",
            discussion: "A removed page that is visited again starts from 1."
        )

        @Argument(help: "Paths, such as /blog.")
        var paths: [Page]

        @Flag(name: .shortAndLong, help: "Don't ask for confirmation.")
        var yes = false

        func run() throws {
            let counter = try Counter()
            let subject = paths.count == 1 ? paths[0].path.oneLine : "\(paths.count) pages"
            if !yes { try Terminal.ask("Remove \(subject)?") }
            let removed = try counter.store.remove(Set(paths))
            for page in paths where removed.contains(page) { print("removed \(page.path.oneLine)") }
            let missing = paths.filter { !removed.contains($0) }
            for page in missing { Terminal.printError("headcount: there is no page \(page.path.oneLine)\n") }
            try Terminal.flushOutput()
            if !missing.isEmpty { throw ExitCode(EX_NOINPUT) }
        }
    }
}
