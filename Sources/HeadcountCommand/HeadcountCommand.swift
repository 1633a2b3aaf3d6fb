import ArgumentParser
import Foundation

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
            """,
        groupedSubcommands: [
            CommandGroup(name: "See", subcommands: [Stats.self, Pages.self, Check.self]),
            CommandGroup(
                name: "Move",
                subcommands: [ExportNumbers.self, Import.self, ImportLog.self, ImportOriginal.self, SetTotal.self]
            ),
            CommandGroup(name: "Keep", subcommands: [Backup.self, Prune.self]),
        ]
    )

    package init() {}

    /// Does what the command line says, and ends the process.
    package static func run() -> Never {
        do {
            try refuseUnknown(arguments)
            var command = try parseAsRoot(arguments)
            try command.run()
            try Terminal.flushOutput()
            Glibc.exit(EX_OK)
        } catch let failure as Failure {
            end(failure)
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch {
            let status = exitCode(for: error)
            guard !status.isSuccess else {
                print(fullMessage(for: error))
                do throws(Failure) {
                    try Terminal.flushOutput()
                } catch {
                    end(error)
                }
                Glibc.exit(EX_OK)
            }
            end(Failure(message(for: error), status.rawValue))
        }
    }

    /// Of a word that is no subcommand, the parser says only that it did not expect it, and of `help` for it nothing at all.
    private static func refuseUnknown(_ arguments: [String]) throws(Failure) {
        let words = arguments.first == "help" ? arguments.dropFirst() : arguments[...]
        guard let word = words.first, !word.hasPrefix("-"), word != "help",
            !configuration.subcommands.contains(where: { $0._commandName == word })
        else { return }
        throw Failure("there is no subcommand \(word); `headcount --help` lists them", EX_USAGE)
    }

    /// Swift looks for them beside the environment and finds none where a preloaded library (faketime, for one) has moved
    /// that; Linux knows them always (proc_pid_cmdline(5)).
    private static var arguments: [String] {
        guard CommandLine.arguments.isEmpty else { return Array(CommandLine.arguments.dropFirst()) }
        let line = (try? FileHandle(forReadingAtPath: "/proc/self/cmdline")?.readToEnd()) ?? Data()
        return line.split(separator: 0, omittingEmptySubsequences: false).dropFirst().dropLast()
            .map { String(decoding: $0, as: UTF8.self) }
    }

    private static func end(_ failure: Failure) -> Never {
        for line in failure.lines { Terminal.error.write("headcount: \(line.oneLine)\n") }
        Glibc.exit(failure.status)
    }
}
