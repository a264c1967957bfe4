/// One series of a family: its labels, in the order they are written, and what it says now.
package struct Series: Equatable, Sendable {
    package enum Content: Equatable, Sendable {
        case value(SampleValue)
        case histogram(Histogram)
    }

    package let labels: [Label]
    package let content: Content

    package init(_ labels: [Label], _ value: SampleValue) {
        self.labels = labels
        content = .value(value)
    }

    package init(_ labels: [Label], _ histogram: Histogram) {
        self.labels = labels
        content = .histogram(histogram)
    }
}
