import ArgumentParser
import Headcount

struct ExportNumbers: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write all numbers as lines of JSON.",
        discussion: """
            The export has totals, days and pages, and nothing about visitors. The same numbers give the same bytes, \
            whichever store they are in. Visits may be counted meanwhile: all numbers of one page are read at one moment, \
            and on SQLite those of all pages.

            EXAMPLES:
              headcount export numbers.jsonl
              headcount export | gzip > numbers.jsonl.gz
            """
    )

    @Argument(help: "The file to write; - or nothing for standard output.", completion: .file())
    var file = "-"

    @Flag(help: "Replace an existing file.")
    var overwrite = false

    func run() throws {
        let counter = try Counter(for: .reading)
        if file != "-" {
            let database = counter.configuration.store == .sqlite ? counter.configuration.database : nil
            try OutputFile.check(file, mayReplace: overwrite, database: database)
        }
        let text = Export.text(of: try counter.store.histories())
        guard file != "-" else { return print(text, terminator: "") }
        try OutputFile.write(text, to: file)
    }
}
