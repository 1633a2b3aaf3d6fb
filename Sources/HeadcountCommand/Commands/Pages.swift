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
            abstract: "List all pages, the most visited first: visits, unique visitors and path, with tabs between.",
            discussion: """
                EXAMPLE, which removes what was visited once:
                  headcount pages list --below 2 | cut -f3 | xargs -d '\\n' headcount pages rm --yes
                """
        )

        @Option(help: ArgumentHelp("Only pages with fewer visits than this.", valueName: "n"))
        var below: Int?

        func run() throws {
            let pages = try Owner(for: .reading).store.histories().dropFirst().filter { $0.total.count < below ?? .max }
            for page in pages.sorted(by: { $0.total.count > $1.total.count }) {
                let path = page.page?.path ?? ""
                // Another program gets it as it is.
                let shown = Terminal.showsOutput ? path.oneLine : path
                print("\(page.total.count)\t\(page.total.unique)\t\(shown)")
            }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm",
            abstract: "Remove pages and their numbers. Those of the site stay.",
            discussion: "A page that is visited again is counted again, from 1."
        )

        @Argument(help: "Paths like /blog.")
        var paths: [Page]

        @Flag(name: .shortAndLong, help: "Do it without asking.")
        var yes = false

        func run() throws {
            let owner = try Owner()
            let subject = paths.count == 1 ? paths[0].path.oneLine : "\(paths.count) pages"
            if !yes { try Terminal.ask("Remove \(subject)?") }
            let removed = try owner.store.remove(Set(paths))
            for page in paths where removed.contains(page) { print("removed \(page.path.oneLine)") }
            let missing = paths.filter { !removed.contains($0) }
            for page in missing { Terminal.tell("headcount: there is no page \(page.path.oneLine)\n") }
            try Terminal.flushOutput()
            if !missing.isEmpty { throw ExitCode(EX_NOINPUT) }
        }
    }
}
