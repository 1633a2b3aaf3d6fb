/// The chart: for each day, week, month or year a wide bar for its visits, and a narrow one in it for its visitors.
///
/// Positions are percentages, so the bars stretch with the page, and the labels don't.
struct Chart {
    private let bars: [Bar]
    private let scale: Scale

    /// - Parameter bars: at least one of them has visits.
    init(_ bars: [Bar]) {
        self.bars = bars
        scale = Scale(upTo: bars.map(\.visits).max() ?? 0)
    }

    var html: HTML { "<div class=\"chart\">\(labels)\(plot)\(axis)</div>" }

    /// The chart in a sentence, for screen readers.
    private var summary: String {
        guard let first = bars.first, let last = bars.last, let most = bars.max(by: { $0.visits < $1.visits }) else {
            return ""
        }
        return "Visits and visitors by \(first.unit.rawValue), from \(first.first.long) to \(last.last.long). "
            + "The most visits were \(most.visits.grouped), \(most.place)."
    }

    private var plot: HTML {
        let lines = scale.lines.map { line -> HTML in
            let y = percent(1 - scale.height(of: line))
            return "<line x2=\"100%\" y1=\"\(y)\" y2=\"\(y)\"/>"
        }
        return """
            <svg class="plot" role="img" aria-label="\(summary)"><defs>\(Self.hatching)</defs>\(lines)\
            \(bars.enumerated().map { bar($1, at: $0) })</svg>
            """
    }

    private static let hatching: HTML = """
        <pattern id="hatching" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">\
        <rect class="stripe" width="2.5" height="5"/></pattern>
        """

    private func bar(_ bar: Bar, at index: Int) -> HTML {
        guard let count = bar.count else { return "" }
        let isOngoing: HTML? = bar.isOngoing ? " class=\"ongoing\"" : nil
        let soFar: HTML? = bar.isOngoing ? " so far" : nil
        return """
            <g\(isOngoing)><title>\(bar.name)\(soFar): \(count.inWords)</title>\
            \(rectangle(count.count, at: index, width: 0.76))\
            \(rectangle(count.unique, at: index, width: 0.36, class: "visitors"))</g>
            """
    }

    /// - Parameter width: the part of a bar's space that it fills.
    private func rectangle(_ value: Int, at index: Int, width: Double, class name: HTML? = nil) -> HTML {
        guard value > 0 else { return "" }
        let space = 1 / Double(bars.count)
        let x = (Double(index) + (1 - width) / 2) * space
        let height = max(scale.height(of: value), 0.01)
        let name: HTML? = name.map { " class=\"\($0)\"" }
        // Extends 2 % below the base, so that the lower round corners are cut off.
        return """
            <rect\(name) x="\(percent(x))" y="\(percent(1 - height))" \
            width="\(percent(width * space))" height="\(percent(height + 0.02))"/>
            """
    }

    /// The numbers at the lines, on the left.
    private var labels: HTML {
        let labels = scale.lines.map { line -> HTML in
            "<text x=\"100%\" y=\"\(percent(1 - scale.height(of: line)))\" dy=\".35em\">\(line.short)</text>"
        }
        return "<svg class=\"labels\" aria-hidden=\"true\">\(labels)</svg>"
    }

    /// The dates, below.
    private var axis: HTML {
        let ticks = bars.indices.compactMap { index in tick(at: index).map { (index, $0) } }
        // On a phone, every second label is hidden, but never January's, which is the year.
        let isCrowded = ticks.count > 6
        let html = ticks.enumerated().map { number, tick -> HTML in
            let x = percent((Double(tick.0) + 0.5) / Double(bars.count))
            let bar = bars[tick.0]
            let isSecond = bar.unit == .week ? bar.first.date.month % 2 == 0 : number % 2 == 1
            let isMinor: HTML? = isCrowded && isSecond ? " class=\"minor\"" : nil
            return "<line x1=\"\(x)\" x2=\"\(x)\" y2=\"5\"/><text\(isMinor) x=\"\(x)\" y=\"1.4em\">\(tick.1)</text>"
        }
        return "<svg class=\"axis\" aria-hidden=\"true\">\(html)</svg>"
    }

    /// The label below a bar; `nil` for most bars.
    private func tick(at index: Int) -> String? {
        let bar = bars[index]
        let previous = index > 0 ? bars[index - 1].first : nil
        switch bar.unit {
        case .day where bars.count <= 7: return "\(bar.first.weekdayName) \(bar.first.date.day)"
        case .day where bars.count <= 31: return bar.first.weekday == 0 ? bar.first.short : nil
        case .day: return bar.first.date.day == 1 ? bar.first.short : nil
        case .week:
            guard let previous, previous.date.month != bar.first.date.month else { return nil }
            return bar.first.date.month == 1 ? "\(bar.first.date.year)" : bar.first.shortMonthName
        case .month: return bar.first.date.month == 1 ? "\(bar.first.date.year)" : nil
        case .year: return bar.first.date.year % 5 == 0 || bars.count <= 15 ? "\(bar.first.date.year)" : nil
        }
    }

    /// `12.5%`, rounded to a tenth.
    private func percent(_ part: Double) -> String {
        let tenths = Int((part * 1000).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)%" : "\(tenths / 10).\(abs(tenths % 10))%"
    }
}

/// A scale from zero, with up to three lines at round numbers. The highest value fills most of it.
struct Scale: Equatable {
    var lines: [Int]
    private let top: Double

    init(upTo highest: Int) {
        var magnitude = 1
        while highest / magnitude >= 40 { magnitude *= 10 }
        // The steps are 1, 2, 2.5, 5 and 10, or 4 for 2.5, which is not a whole number.
        let steps = [
            magnitude, 2 * magnitude, magnitude >= 10 ? magnitude / 10 * 25 : 4, 5 * magnitude, 10 * magnitude,
        ]
        let step = steps.first { highest < 4 * $0 } ?? magnitude
        lines = Array(stride(from: step, through: max(highest, 1), by: step))
        top = Double(max(highest, 1)) * 1.06
    }

    /// The height of a value, from 0 to 1.
    func height(of value: Int) -> Double { Double(value) / top }
}

extension Int {
    /// `1,500`, `10k`, `2.5M`.
    fileprivate var short: String {
        func tenths(_ unit: Int, _ symbol: String) -> String {
            let tenths = self / (unit / 10)
            return tenths % 10 == 0 ? "\(tenths / 10)\(symbol)" : "\(tenths / 10).\(tenths % 10)\(symbol)"
        }
        return switch self {
        case 1_000_000...: tenths(1_000_000, "M")
        case 10_000...: tenths(1000, "k")
        default: grouped
        }
    }
}

extension Tally.Count {
    /// `1,204 visits, 800 visitors`
    var inWords: String {
        "\(count.counting("visit")), \(unique.counting("visitor"))"
    }
}
