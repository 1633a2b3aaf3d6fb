import ArgumentParser
import Foundation
import Headcount

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
        let owner = try Owner()
        guard file != "-" else { return try write(owner, to: Output(standard: "standard output")) }
        let destination = try Destination(file, mayReplace: overwrite, database: owner.file)
        try write(owner, to: Output(path: destination.path, mayReplace: overwrite))
    }

    private func write(_ owner: Owner, to output: Output) throws {
        do {
            var writer = try ExportWriter(output.write)
            try owner.store.read { try writer.add($0) }
            try writer.end()
            try output.close()
        } catch let error as StoreError {
            output.discard()
            throw Failure(error)
        } catch {
            output.discard()
            throw error
        }
    }
}

/// A file in the making, which gets its name when it is whole and on disk; or standard output.
private final class Output {
    private let name: String
    private let part: String?
    private let mayReplace: Bool
    private let descriptor: CInt
    private var buffer: [UInt8] = []

    init(standard name: String) {
        self.name = name
        part = nil
        mayReplace = false
        descriptor = STDOUT_FILENO
    }

    init(path: String, mayReplace: Bool) throws(Failure) {
        name = path
        self.mayReplace = mayReplace
        let part = "\(path).\(getpid()).part"
        self.part = part
        descriptor = Glibc.open(part, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o644)
        if descriptor < 0 {
            throw Failure("\(path): it can't be made: \(String(cString: strerror(errno)))", EX_CANTCREAT)
        }
    }

    func write(_ text: String) throws {
        buffer += text.utf8
        if buffer.count > 1 << 16 { try flush() }
    }

    func close() throws(Failure) {
        try flush()
        guard let part else { return }
        guard fsync(descriptor) == 0 else { throw failure }
        if mayReplace {
            guard rename(part, name) == 0 else { throw failure }
        } else {
            // Unlike rename(2), link(2) replaces nothing, not even what has come meanwhile.
            guard link(part, name) == 0 else { throw failure }
            unlink(part)
        }
        Glibc.close(descriptor)
    }

    func discard() {
        if let part { unlink(part) }
    }

    private func flush() throws(Failure) {
        var done = 0
        while done < buffer.count {
            let written = buffer.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            guard written >= 0 || errno == EINTR else { throw failure }
            done += max(0, written)
        }
        buffer.removeAll(keepingCapacity: true)
    }

    private var failure: Failure { Failure("\(name): \(String(cString: strerror(errno)))", EX_IOERR) }
}
