import ArgumentParser
import Glibc
import Headcount
import SQLiteStore

struct Backup: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the SQLite file while the service runs.",
        discussion: """
            The copy is complete, checked and on disk before it gets its name. Only its owner can read it. It holds the \
            numbers, but neither the day's salt nor the hashes of its visitors.

            To restore: stop the service and its socket, or with plain CGI remove the script; remove headcount.db-wal \
            and headcount.db-shm; copy the backup over headcount.db with cp, which keeps the owner and the \
            permissions; and start both again.
            """
    )

    @Argument(help: "The file to write.", completion: .file())
    var file: String

    @Flag(help: "Replace an existing file.")
    var overwrite = false

    func run() throws {
        let configuration = try Configuration.forCommand()
        guard configuration.store == .sqlite else {
            throw Failure(
                "backup is for SQLite; use point-in-time recovery for a DynamoDB table, or `headcount export`",
                EX_USAGE
            )
        }
        let store = try SQLiteStore.existing(configuration, for: .reading)
        try OutputFile.check(file, mayReplace: overwrite, database: configuration.database)
        do throws(BackupError) {
            let saved = try store.backUp(to: file)
            print("\(file): \(saved.total.inWords), \(saved.pages.of("page"))")
        } catch {
            throw Failure("\(file): \(error)", error.status)
        }
        try? store.close()
    }
}
