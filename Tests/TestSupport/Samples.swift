/// The samples of an exposition by their series, as they are written: `name{label="value"}`.
package struct Samples: Sendable {
    package let bySeries: [String: Double]

    package init(_ exposition: String) {
        bySeries = exposition.split(separator: "\n").reduce(into: [:]) { samples, line in
            guard !line.hasPrefix("#"), let space = line.lastIndex(of: " ") else { return }
            samples[String(line[..<space])] = Double(line[line.index(after: space)...])
        }
    }

    package init(bySeries: [String: Double]) {
        self.bySeries = bySeries
    }

    package subscript(series: String) -> Double? { bySeries[series] }
}
