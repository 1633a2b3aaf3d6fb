import ArgumentParser
import Glibc
import Headcount

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what is wrong, and what to do about it.",
        discussion: """
            Shows the settings, and looks at every page of the database, at who may read it, and at the room that is left. It \
            changes nothing. The exit status is 0 when nothing is wrong, else that of the first problem; warnings leave it 0.
            """
    )

    @Flag(name: .shortAndLong, help: "Print findings only, and nothing when all is well.")
    var quiet = false

    func run() throws {
        let configuration = try Configuration.ofOwner()
        if !quiet { show(configuration) }
        var status = EX_OK
        for finding in Examination.findings(configuration) {
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
