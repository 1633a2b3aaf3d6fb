/// Shows the progress of a long command on standard error, if that is a terminal.
struct ProgressBar: Sendable {
    private let title: String
    private let total: Int
    /// Short work needs no bar.
    private var isShown: Bool { Terminal.showsErrors && total > 100 }

    init(_ title: String, of total: Int) {
        self.title = title
        self.total = total
    }

    func show(_ done: Int) {
        guard isShown, done == total || done % (total / 100) == 0 else { return }
        let filled = 30 * done / total
        let bar = String(repeating: "\u{2588}", count: filled) + String(repeating: "\u{2591}", count: 30 - filled)
        Terminal.printError("\r\(title) \(bar) \(100 * done / total) %")
    }

    func end() {
        if isShown { Terminal.printError("\r\u{1B}[K") }
    }
}
