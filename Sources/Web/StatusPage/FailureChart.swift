internal import Operations
internal import Polling

/// The failure ratio of the last polls as a chart: a bar for each poll in which some failed, a mark for each that failed.
///
/// Sizes are attributes and colours are classes, since the page's policy allows no inline styles.
struct FailureChart {
    private static let width = 600
    private static let height = 96
    private static let places = 120

    /// The newest last; at most as many as there are places.
    let polls: [PollRecord]
    /// What is sent: `message`.
    let noun: String

    /// Nothing where no poll has ended yet.
    var html: HTML {
        guard !polls.isEmpty else { return "" }
        return """
            <div class="chart"><div class="scale" aria-hidden="true"><span>\(Wording.percent(top))</span><span>0 %</span></div>
            <svg viewBox="0 0 \(Self.width) \(Self.height + 12)" preserveAspectRatio="none" role="img" \
            aria-label="\(summary)">
            <line class="grid" x1="0" y1="0.5" x2="\(Self.width)" y2="0.5"/>
            <line class="grid" x1="0" y1="\(Self.height)" x2="\(Self.width)" y2="\(Self.height)"/>
            \(bars)</svg></div>

            """
    }

    /// What the chart shows, in a sentence.
    var summary: String {
        guard !polls.isEmpty else { return "No poll has ended yet" }
        let failures = Int64(polls.count { $0.failure != nil })
        let marked = failures > 0 ? " (\(Wording.count(failures)) failed, marked below the line)" : ""
        let shown = polls.count == 1 ? "Last poll" : "Last \(Wording.count(Int64(polls.count), "poll"))"
        let start = "\(shown)\(marked): "
        guard let highest = polls.compactMap(\.failureRatio).max() else { return start + "no \(noun)s sent or failed" }
        let failed = polls.reduce(Int64(0)) { $0.addingClamped($1.failed) }
        let processed = polls.reduce(Int64(0)) { $0.addingClamped($1.processed) }
        let ratio = Wording.percent(Double(failed) / Double(processed))
        return start
            + "\(ratio) of \(Wording.count(processed, noun)) failed, at most \(Wording.percent(highest)) in one poll"
    }

    /// The ratio at the upper edge.
    private var top: Double {
        let highest = polls.compactMap(\.failureRatio).max() ?? 0
        return [0.01, 0.05, 0.1, 0.25, 0.5].first { highest <= $0 } ?? 1
    }

    private var bars: [HTML] {
        let step = Self.width / Self.places
        let first = Self.places - polls.count
        return polls.enumerated().map { index, poll in
            let x = (first + index) * step
            var bar: HTML = ""
            if let ratio = poll.failureRatio, ratio > 0 {
                let height = max(1, Int((ratio / top * Double(Self.height)).rounded()))
                bar = """
                    <rect class="bad" x="\(x)" y="\(Self.height - height)" width="\(step - 1)" height="\(height)"/>

                    """
            }
            guard poll.failure != nil else { return bar }
            return bar + """
                <rect class="failure" x="\(x)" y="\(Self.height + 4)" width="\(step - 1)" height="6"/>

                """
        }
    }
}
