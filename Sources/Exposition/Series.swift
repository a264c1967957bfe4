/// One series of a family: its labels, in the order they are written, and what it says now.
package struct Series: Equatable, Sendable {
    package enum Content: Equatable, Sendable {
        case value(SampleValue)
        case histogram(Histogram)
    }

    package let labels: [Label]
    package let content: Content
    /// When a counter or histogram was 0, in milliseconds of Unix time; nil where that is not known.
    package let start: Int64?

    package init(_ labels: [Label], _ value: SampleValue, since start: Int64? = nil) {
        self.init(labels, .value(value), since: start)
    }

    package init(_ labels: [Label], _ histogram: Histogram, since start: Int64? = nil) {
        self.init(labels, .histogram(histogram), since: start)
    }

    package init(_ labels: [Label], _ content: Content, since start: Int64?) {
        self.labels = labels
        self.content = content
        self.start = start
    }
}
