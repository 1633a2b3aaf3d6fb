import ArgumentParser
import Glibc
import Headcount
import SQLiteStore

struct Backup: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the SQLite file while the service runs.",
        discussion: """
            The copy is whole, checked, on disk and readable by its owner alone before it gets its name. It holds the \
            numbers only: the day's salt and the hashes of its visitors stay behind.

            To restore: stop the service and its socket, or take the script of plain CGI away; remove …/headcount.db-wal \
            and …/headcount.db-shm; copy the backup over …/headcount.db with cp, which keeps the owner and the \
            permissions; and start both again.
            """
    )

    @Argument(help: "The file to make.", completion: .file())
    var file: String

    @Flag(help: "Replace the file if there is one.")
    var overwrite = false

    func run() throws {
        let configuration = try Configuration.ofOwner()
        guard configuration.store == .sqlite else {
            throw Failure(
                "backup is for SQLite; a DynamoDB table is kept by point-in-time recovery, and `headcount export` saves it",
                EX_USAGE
            )
        }
        let store = try SQLiteStore.existing(configuration, for: .reading)
        try OutputFile.requirePlace(file, mayReplace: overwrite, database: configuration.database)
        do throws(BackupError) {
            let saved = try store.backUp(to: file)
            print("\(file): \(saved.total.inWords), \(saved.pages.grouped) pages")
        } catch {
            throw Failure(file, error)
        }
        try? store.close()
    }
}

extension Failure {
    fileprivate init(_ file: String, _ error: BackupError) {
        let status =
            switch error {
            case .unwritable: EX_CANTCREAT
            case .failed: EX_IOERR
            case .damaged: EX_DATAERR
            case .unavailable: EX_TEMPFAIL
            }
        self.init("\(file): \(error)", status)
    }
}
