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

            --merge adds each file once, however often it is run. --replace leaves nothing else in the store.

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
        let present = try owner.asking { () throws(StoreError) in try owner.store.tally(for: nil).site }
        guard merge || replace || present == .zero else {
            throw Failure(
                "\(owner.place) has \(present.inWords) already; pass --merge to add to them, or --replace to lose them",
                EX_USAGE
            )
        }
        let bar = ProgressBar("importing", of: histories.count)
        let isNew = try owner.asking { () throws(StoreError) in
            if merge {
                let receipt = Receipt("file \(SHA256.hash(data: bytes).hexadecimal)", new: "merged")
                return try owner.store.merge(histories, for: [receipt], progress: { bar.show($0) })
            }
            try owner.store.replace(with: histories, progress: { bar.show($0) })
            return true
        }
        bar.end()
        guard isNew else {
            print("\(file): it was merged before; nothing was changed")
            return
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

/// What a command reads.
enum Input {
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
        do {
            return [UInt8](try handle.readToEnd() ?? Data())
        } catch {
            throw Failure("\(file): it can't be read", EX_NOINPUT)
        }
    }
}
