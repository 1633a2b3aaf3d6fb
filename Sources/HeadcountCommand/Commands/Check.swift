import ArgumentParser
import Glibc
import Headcount

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the settings and the store, and say how to fix what is wrong.",
        discussion: """
            Shows the settings, and checks the whole database, its permissions and the free disk space. It changes nothing. \
            The exit status is that of the first problem, or 0; warnings don't change it.
            """
    )

    @Flag(name: .shortAndLong, help: "Print only warnings and problems.")
    var quiet = false

    func run() throws {
        let configuration = try Configuration.forCommand()
        if !quiet { show(configuration) }
        var status = EX_OK
        for finding in HealthCheck.findings(configuration) {
            if case .fine = finding, quiet { continue }
            print(finding)
            if case .problem(let failure) = finding, status == EX_OK { status = failure.status }
        }
        if status != EX_OK { throw ExitCode(status) }
    }

    private func show(_ configuration: Configuration) {
        let file = Configuration.file
        print("settings, from \(access(file, F_OK) == 0 ? "\(file) and " : "")the environment:")
        for (name, value) in configuration.settings where !value.isEmpty { print("  \(name)=\(value)") }
        print("")
    }
}
