import ArgumentParser
import Glibc

/// `headcount`, the owner's command.
package struct HeadcountCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "headcount",
        abstract: "See, move and save the numbers of a Headcount counter.",
        discussion: """
            It reads the same settings as the service, from /etc/headcount/headcount.env and the environment, and works \
            beside it: nothing has to be stopped.

            Errors are one line on standard error, and the exit status says what kind (sysexits(3)): 64 the command line, \
            65 damaged or foreign data, 66 no such input, 69 the store is unavailable, 73 the output can't be made, \
            74 writing failed, 75 try again, 77 you may not read it, 78 the settings. 1 says that you answered no.

            HEADCOUNT_CONFIG names another file of settings; NO_COLOR takes the colours away. See also headcount.env(5) and \
            headcount-fcgi(8).
            """,
        groupedSubcommands: [
            CommandGroup(name: "See", subcommands: [Stats.self, Pages.self, Check.self]),
            CommandGroup(
                name: "Move",
                subcommands: [ExportNumbers.self, Import.self, ImportLog.self] + Table.subcommands + [SetTotal.self]
            ),
            CommandGroup(name: "Keep", subcommands: [Backup.self, Prune.self]),
        ]
    )

    package init() {}

    /// Does what the command line says, and ends the process.
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
            for line in failure.lines { Terminal.tell("headcount: \(line.oneLine)\n") }
            Glibc.exit(failure.status)
        }
    }
}
