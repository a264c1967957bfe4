import TestSupport

extension Samples {
    /// The series and values that do not change between scrapes, and whose name passes.
    func steady(_ isWanted: (String) -> Bool = { _ in true }) -> [String: Double] {
        bySeries.filter { !$0.key.hasPrefix("process_") && isWanted($0.key) }
    }

    /// With labels in the order of their names, as Prometheus has them.
    var sorted: Samples {
        Samples(bySeries: Dictionary(uniqueKeysWithValues: bySeries.map { (Self.sorted($0.key), $0.value) }))
    }

    static func sorted(_ series: String) -> String {
        guard let open = series.firstIndex(of: "{") else { return series }
        let labels = series[series.index(after: open)...].dropLast().split(separator: ",").sorted()
        return "\(series[..<open]){\(labels.joined(separator: ","))}"
    }
}
