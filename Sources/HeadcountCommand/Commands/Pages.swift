import ArgumentParser
import Foundation
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
            let pages = try Owner().histories().dropFirst().filter { $0.total.count < below ?? .max }
            for page in pages.sorted(by: { $0.total.count > $1.total.count }) {
                print("\(page.total.count)\t\(page.total.unique)\t\(page.page?.path ?? "")")
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
        var paths: [PageArgument]

        @Flag(name: .shortAndLong, help: "Do it without asking.")
        var yes = false

        func run() throws {
            let owner = try Owner()
            try Consent(isGiven: yes).ask("Remove \(paths.count == 1 ? paths[0].page.path : "\(paths.count) pages")?")
            var isMissing = false
            for page in paths.map(\.page) {
                let wasThere = try owner.asking { () throws(StoreError) in try owner.store.remove(page) }
                if wasThere {
                    print("removed \(page.path)")
                } else {
                    isMissing = true
                    Terminal.error.write("headcount: there is no page \(page.path.oneLine)\n")
                }
            }
            if isMissing { throw ExitCode(EX_NOINPUT) }
        }
    }
}
