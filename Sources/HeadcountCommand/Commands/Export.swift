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
        guard file != "-" else { return try write(to: Output(standard: "standard output")) }
        guard overwrite || access(file, F_OK) != 0 else {
            throw Failure("\(file): it is there already; name another file, or pass --overwrite", EX_CANTCREAT)
        }
        try write(to: Output(path: file))
    }

    private func write(to output: Output) throws {
        let owner = try Owner()
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
    private let descriptor: CInt
    private var buffer: [UInt8] = []

    init(standard name: String) {
        self.name = name
        part = nil
        descriptor = STDOUT_FILENO
    }

    init(path: String) throws(Failure) {
        name = path
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
        guard fsync(descriptor) == 0, rename(part, name) == 0 else { throw failure }
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
