import ArgumentParser
import Foundation
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
        guard file != "-" else { return try write(owner, to: Output(standard: "standard output")) }
        let destination = try Destination(file, mayReplace: overwrite, database: owner.file)
        try write(owner, to: Output(path: destination.path, mayReplace: overwrite))
    }

    private func write(_ owner: Owner, to output: Output) throws {
        do {
            let histories = try owner.histories()
            var writer = try ExportWriter(output.write)
            let bar = ProgressBar("exporting", of: histories.count)
            defer { bar.end() }
            for (index, history) in histories.enumerated() {
                try writer.add(history)
                bar.show(index + 1)
            }
            try writer.end()
            try output.close()
        } catch {
            output.discard()
            throw error
        }
    }
}

/// A file in the making, or standard output.
private final class Output {
    private let name: String
    private let part: PartFile?
    private let mayReplace: Bool
    private var descriptor: CInt { part?.descriptor ?? STDOUT_FILENO }
    private var buffer: [UInt8] = []

    init(standard name: String) {
        self.name = name
        part = nil
        mayReplace = false
    }

    init(path: String, mayReplace: Bool) throws(Failure) {
        name = path
        self.mayReplace = mayReplace
        do {
            part = try PartFile(path, mode: 0o644)
        } catch {
            throw Failure("\(path): it can't be made: \(error)", EX_CANTCREAT)
        }
    }

    func write(_ text: String) throws {
        buffer += text.utf8
        if buffer.count > 1 << 16 { try flush() }
    }

    func close() throws(Failure) {
        try flush()
        do {
            try part?.finish(mayReplace: mayReplace)
        } catch {
            throw Failure("\(name): \(error)", error.code == EEXIST ? EX_CANTCREAT : EX_IOERR)
        }
    }

    func discard() {
        part?.discard()
    }

    private func flush() throws(Failure) {
        var done = 0
        while done < buffer.count {
            let written = buffer.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            guard written >= 0 || errno == EINTR else {
                throw Failure("\(name): \(String(cString: strerror(errno)))", EX_IOERR)
            }
            done += max(0, written)
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
