import ArgumentParser
import Glibc
import Headcount

/// `headcount`, the owner's command.
package struct HeadcountCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "headcount",
        abstract: "Show, move and back up the numbers of a Headcount counter.",
        discussion: """
            It reads the same settings as the service, from /etc/headcount/headcount.env and the environment. You can use it \
            while the service runs.

            Errors are one line on standard error. Exit statuses follow sysexits(3): 64 wrong command line, 65 damaged or \
            foreign data, 66 missing input, 69 store unavailable, 73 can't create the output, 74 full or failing disk, 75 try \
            again, 77 permission denied, 78 wrong settings. 1 means that you answered no.

            HEADCOUNT_CONFIG names another settings file; NO_COLOR turns colours off. See also headcount.env(5) and \
            headcount-fcgi(8).
            """,
        version: version,
        groupedSubcommands: [
            CommandGroup(name: "Show", subcommands: [Stats.self, Pages.self, Check.self]),
            CommandGroup(
                name: "Move",
                subcommands: [ExportNumbers.self, Import.self, ImportLog.self, ImportCSV.self, SetTotal.self]
                    + DynamoDBSupport.subcommands
            ),
            CommandGroup(name: "Maintain", subcommands: [Backup.self, Prune.self]),
        ]
    )

    package init() {}

    /// Runs the command line, and exits.
    package static func run() -> Never {
        do {
            do {
                var command = try parseAsRoot()
                try command.run()
            } catch  where exitCode(for: error).isSuccess {
                print(fullMessage(for: error))
            }
            try Terminal.flushOutput()
            Glibc.exit(EX_OK)
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch {
            let failure = Failure(error) ?? Failure(message(for: error), exitCode(for: error).rawValue)
            for line in failure.lines { Terminal.printError("headcount: \(line.oneLine)\n") }
            Glibc.exit(failure.status)
        }
    }
}
