import Headcount

/// Shows the progress of a long command, and how long it still takes, on standard error, if that is a terminal.
struct ProgressBar: Sendable {
    private let title: String
    private let total: Int
    private let start = Instant.now()
    /// Short work needs no bar.
    private var isShown: Bool { Terminal.showsErrors && total > 100 }

    init(_ title: String, of total: Int) {
        self.title = title
        self.total = total
    }

    func show(_ done: Int) {
        guard isShown, done >= total || done % (total / 100) == 0 else { return }
        Terminal.printError("\r\(text(done))\u{1B}[K")
    }

    /// - Parameter done: may be more than the total, as of a log that grows while it is read.
    func text(_ done: Int) -> String {
        let done = max(0, min(done, total))
        let filled = 30 * done / total
        let bar = String(repeating: "\u{2588}", count: filled) + String(repeating: "\u{2591}", count: 30 - filled)
        return "\(title) \(bar) \(100 * done / total) %\(timeLeft(done))"
    }

    /// If the rest takes as long as what is done, in proportion.
    private func timeLeft(_ done: Int) -> String {
        guard done > 0 else { return "" }
        let seconds = (Instant.now().milliseconds - start.milliseconds) * (total - done) / done / 1000
        return seconds < 100 ? ", \(max(0, seconds)) s left" : ", \(seconds / 60) min left"
    }

    func end() {
        if isShown { Terminal.printError("\r\u{1B}[K") }
    }
}
