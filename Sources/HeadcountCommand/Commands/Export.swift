import ArgumentParser
import Glibc
import Headcount
import SQLiteStore

struct ExportNumbers: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write all numbers as lines of JSON.",
        discussion: """
            Totals, days and pages, and nothing about visitors; the same numbers are the same bytes, whichever store they \
            are in. Visits may come meanwhile: those of one page are of one moment, and of SQLite all are.

            EXAMPLES:
              headcount export numbers.jsonl
              headcount export | gzip > numbers.jsonl.gz
            """
    )

    @Argument(help: "The file to make; - or nothing for standard output.", completion: .file())
    var file = "-"

    @Flag(help: "Replace the file if there is one.")
    var overwrite = false

    func run() throws {
        let owner = try Owner(for: .reading)
        if file != "-" {
            let database = owner.configuration.store == .sqlite ? owner.configuration.database : nil
            try OutputFile.requirePlace(file, mayReplace: overwrite, database: database)
        }
        let text = try ExportWriter.text(of: owner.store.histories())
        guard file != "-" else { return print(text, terminator: "") }
        try OutputFile.write(text, to: file)
    }
}
