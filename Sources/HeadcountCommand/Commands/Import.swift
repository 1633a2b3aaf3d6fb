import ArgumentParser
import Crypto
import Foundation
import Headcount

struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read numbers that were exported.",
        discussion: """
            The file is read and checked whole first: one that is damaged, cut short or something else changes nothing. On \
            SQLite the import is one transaction. On DynamoDB one that was interrupted is finished by the next command.

            --merge adds each file once, however often it is run and however it came in first. --replace leaves nothing else in \
            the store.

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
            let known = try owner.asking { () throws(StoreError) in try owner.store.receipts([receipt.name]) }
            guard known.isEmpty else { return print("\(file): it was imported before; nothing was changed") }
            throw Failure(
                "\(owner.place) has \(present) already; pass --merge to add to them, or --replace to lose them",
                EX_USAGE
            )
        }
        let bar = ProgressBar("importing", of: histories.count)
        // Into an empty counter it is a merge, too: a visit may come meanwhile.
        let isNew = try owner.asking { () throws(StoreError) in
            guard replace else {
                return try owner.store.merge(histories, for: [receipt], progress: { bar.show($0) })
            }
            try owner.store.replace(with: histories, for: [receipt], progress: { bar.show($0) })
            return true
        }
        bar.end()
        guard isNew else {
            guard merge else {
                let remedy = "its numbers were taken away since; pass --replace to have them again"
                throw Failure("\(file): it was imported before, and \(remedy)", EX_USAGE)
            }
            return print("\(file): it was imported before; nothing was changed")
        }
        let now = try owner.asking { () throws(StoreError) in try owner.store.tally(for: nil).site }
        print(
            "\(file): \(histories[0].total.inWords), \((histories.count - 1).grouped) pages; the site has \(now.inWords)"
        )
        if histories.count - 1 > owner.configuration.maximumPages {
            Terminal.error.write(
                "headcount: warning: HEADCOUNT_MAX_PAGES=\(owner.configuration.maximumPages) is less than these pages;"
                    + " no new one is counted by itself\n"
            )
        }
    }
}

extension Owner {
    /// What the counter has, in words; `nil` when it is empty.
    fileprivate func numbers() throws(Failure) -> String? {
        // It has what an interrupted import has left to do, too.
        let site = try asking { () throws(StoreError) in try store.history(of: nil).total }
        guard site == .zero else { return site.inWords }
        let pages = try histories().count - 1
        return pages == 0 ? nil : "numbers of \(pages.grouped) pages"
    }
}

/// What a command reads.
enum Input {
    /// In bytes; ten years of a thousand pages are a quarter of it.
    private static let limit = 1 << 30

    static func bytes(of file: String) throws(Failure) -> [UInt8] {
        let handle: FileHandle
        if file == "-" {
            handle = .standardInput
        } else {
            guard let opened = FileHandle(forReadingAtPath: file) else {
                throw Failure("\(file): \(String(cString: strerror(errno)))", EX_NOINPUT)
            }
            handle = opened
        }
        var bytes: [UInt8] = []
        do {
            while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty, bytes.count <= limit {
                bytes += piece
            }
        } catch {
            throw Failure("\(file): it can't be read", EX_NOINPUT)
        }
        guard bytes.count <= limit else {
            throw Failure("\(file): it has more than \(limit >> 20) MiB; nothing was changed", EX_DATAERR)
        }
        return bytes
    }
}
