import Foundation
import Headcount
import SQLiteStore

/// The settings, and the store that they name, for one command.
struct Owner {
    let configuration: Configuration
    let store: any OwnersStore

    /// - Parameter use: `.reading` for a command that changes nothing.
    init(for use: SQLiteStore.Use = .service) throws(Failure) {
        configuration = try Settings.load()
        switch configuration.store {
        case .sqlite: store = try SQLiteStore.existing(configuration, for: use)
        case .dynamodb: store = try Settings.dynamoDB(configuration)
        }
        try finishChanges()
    }

    /// So that what is shown or changed has all of an import that was begun.
    private func finishChanges() throws(Failure) {
        let notice = "headcount: finishing an import that was interrupted, or runs elsewhere \u{2026}\n"
        try asking { () throws(StoreError) in
            try store.finishChanges { done, total in
                let bar = ProgressBar("finishing", of: total)
                if done == 0 { Terminal.error.write(notice) }
                bar.show(done)
                if done == total { bar.end() }
            }
        }
    }

    /// Where the numbers are, for people.
    var place: String {
        configuration.store == .sqlite ? configuration.database : "DynamoDB's \(configuration.table)"
    }

    /// The database, where it is a file.
    var file: String? { configuration.store == .sqlite ? configuration.database : nil }

    /// Does something with the store, and ends the command when the store can't.
    func asking<Value>(_ work: () throws(StoreError) -> Value) throws(Failure) -> Value {
        do {
            return try work()
        } catch {
            throw Failure(error)
        }
    }

    /// All histories, the site's first.
    func histories() throws(Failure) -> [History] {
        try asking { () throws(StoreError) in try store.histories() }
    }
}

/// Asks on the terminal before something is done that can't be undone.
struct Consent {
    let isGiven: Bool

    /// - Throws: when the answer is no, or nobody is there who could give one.
    func ask(_ question: String) throws(Failure) {
        if isGiven { return }
        guard isatty(STDIN_FILENO) == 1 else {
            throw Failure("nobody is there to ask; pass --yes to do it", EX_USAGE)
        }
        // First what it is about, which waits in a buffer where the output is no terminal.
        try Terminal.flushOutput()
        Terminal.error.write("\(question) [y/N] ")
        guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
            throw Failure("nothing was changed", EXIT_FAILURE)
        }
    }
}
