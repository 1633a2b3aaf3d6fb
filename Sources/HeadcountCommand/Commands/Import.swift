import ArgumentParser
import Crypto
import FoundationEssentials
import Glibc
import Headcount

struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read numbers that were exported.",
        discussion: """
            The file is read and checked whole first: one that is damaged, cut short or something else changes nothing. On \
            SQLite the import is one transaction. On DynamoDB it is one for each page: if it was interrupted, run it again \
            with --merge.

            --merge adds each file once, however often it is run and however it came in first. --replace leaves nothing else in \
            the store; on DynamoDB the table has to be empty.

            EXAMPLES:
              headcount import numbers.jsonl
              ssh vps headcount export | headcount import --replace -
            """
    )

    @Argument(help: "The file to read; - for standard input.", completion: .file())
    var file: String

    @Flag(help: "Add the numbers to those that are there.")
    var merge = false

    @Flag(help: "Put the numbers in the place of those that are there.")
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
        let owner = try Owner()
        let receipt = Receipt("file \(SHA256.hash(data: bytes).hexadecimal)", new: "merged")
        if !merge, !replace, let present = try owner.numbers() {
            guard try owner.store.receipts([receipt.name]).isEmpty else { return printKnown() }
            // A table has to be empty for that.
            let other = owner.configuration.store == .sqlite ? ", or --replace to lose them" : ""
            throw Failure("\(owner.place) has \(present) already; pass --merge to add to them\(other)", EX_USAGE)
        }
        let bar = ProgressBar("importing", of: histories.count)
        if replace {
            try owner.store.replace(with: histories, for: [receipt], progress: { bar.show($0) })
        } else {
            // Into an empty counter it is a merge, too: a visit may come meanwhile.
            let isNew = try owner.store.merge(histories, for: [receipt], progress: { bar.show($0) })
            guard isNew else { return printKnown() }
        }
        bar.end()
        let (total, pages) = (histories[0].total, histories.count - 1)
        print("\(file): \(total.inWords), \(pages.grouped) pages; the site has \(try owner.total().inWords)")
    }

    private func printKnown() {
        print("\(file): it was imported before; nothing was changed")
    }
}

extension Owner {
    /// What the counter has, in words; `nil` when it is empty.
    fileprivate func numbers() throws(StoreError) -> String? {
        let site = try total()
        guard site == .zero else { return site.inWords }
        let pages = try store.histories().count - 1
        return pages == 0 ? nil : "numbers of \(pages.grouped) pages"
    }
}

/// What a command reads.
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
