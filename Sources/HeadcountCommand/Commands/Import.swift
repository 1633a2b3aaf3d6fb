import ArgumentParser
import Crypto
import FoundationEssentials
import Glibc
import Headcount

struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Import numbers from an export.",
        discussion: """
            The whole file is checked first: a damaged or incomplete file changes nothing. On SQLite the import is one \
            transaction. On DynamoDB it is one for each page: if it is interrupted, run it again with --merge.

            --merge adds each file only once, also if it was first imported without --merge. --replace removes all numbers \
            that the store has; on DynamoDB the table must be empty.

            EXAMPLES:
              headcount import numbers.jsonl
              ssh vps headcount export | headcount import --replace -
            """
    )

    @Argument(help: "The file to read; - for standard input.", completion: .file())
    var file: String

    @Flag(help: "Add the numbers to the present ones.")
    var merge = false

    @Flag(help: "Replace the present numbers.")
    var replace = false

    func validate() throws {
        guard !merge || !replace else { throw ValidationError("--merge and --replace exclude each other.") }
    }

    func run() throws {
        let bytes = try Input.bytes(of: file)
        let histories: [History]
        do {
            histories = try ExportReader.read(bytes)
        } catch {
            throw Failure("\(file): \(error); nothing was changed", EX_DATAERR)
        }
        let counter = try Counter()
        let receipt = Receipt("file \(SHA256.hash(data: bytes).hexadecimal)", new: "merged")
        if !merge, !replace, let present = try counter.contents() {
            guard try counter.store.receipts([receipt.name]).isEmpty else { return printKnown() }
            // DynamoDB replaces nothing.
            let other = counter.configuration.store == .sqlite ? ", or --replace to remove them" : ""
            throw Failure("\(counter.location) has \(present) already; pass --merge to add to them\(other)", EX_USAGE)
        }
        let bar = ProgressBar("importing", of: histories.count)
        if replace {
            try counter.store.replace(with: histories, for: [receipt], progress: { bar.show($0) })
        } else {
            // It is a merge even if the counter was empty: a visit may have been counted meanwhile.
            let isNew = try counter.store.merge(histories, for: [receipt], progress: { bar.show($0) })
            guard isNew else { return printKnown() }
        }
        bar.end()
        let (total, pages) = (histories[0].total, histories.count - 1)
        print("\(file): \(total.inWords), \(pages.of("page")); the site has \(try counter.total().inWords)")
    }

    private func printKnown() {
        print("\(file): imported before; nothing was changed")
    }
}

extension Counter {
    /// Describes the present numbers; `nil` if there are none.
    fileprivate func contents() throws(StoreError) -> String? {
        let site = try total()
        guard site == .zero else { return site.inWords }
        let pages = try store.histories().count - 1
        return pages == 0 ? nil : "numbers of \(pages.of("page"))"
    }
}

/// Reads a command's input.
enum Input {
    static func bytes(of file: String) throws(Failure) -> [UInt8] {
        let descriptor = file == "-" ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .ofSystem(file, EX_NOINPUT) }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &piece, piece.count)
            guard count >= 0 || errno == EINTR else { throw .ofSystem(file, EX_NOINPUT) }
            if count == 0 { return bytes }
            bytes += piece.prefix(max(0, count))
        }
    }
}
