import Foundation

/// How far a long command is, for a person who waits: on standard error, if that is a terminal.
final class ProgressBar: Sendable {
    private let title: String
    private let total: Int
    private let terminal = Terminal.error

    init(_ title: String, of total: Int) {
        self.title = title
        self.total = total
    }

    func show(_ done: Int) {
        // Fewer than can be seen one by one need none.
        guard terminal.isInteractive, total > 100, done == total || done % max(1, total / 200) == 0 else { return }
        let width = 30
        let filled = width * done / total
        let bar = String(repeating: "\u{2588}", count: filled) + String(repeating: "\u{2591}", count: width - filled)
        terminal.write("\r\(title) \(bar) \(100 * done / total) %")
    }

    func end() {
        if terminal.isInteractive, total > 100 { terminal.write("\r\u{1B}[K") }
    }
}
