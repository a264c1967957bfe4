internal import Exposition
internal import HTTPServer

/// The format a scrape is answered in, by its header `Accept`.
struct Negotiation: Equatable, Sendable {
    /// How well an item of the header fits a format. Compared as it is declared: the client's wish first; of equal ones the
    /// format it names before one it only includes, then the one it lists first.
    private struct Fit {
        let weight: Int
        let specificity: Int
        let position: Int
        let item: WeightedItem

        static func better(_ one: Fit, _ other: Fit) -> Bool {
            (one.weight, min(one.specificity, 2), -one.position)
                > (other.weight, min(other.specificity, 2), -other.position)
        }
    }

    let format: ExpositionFormat
    let escaping: EscapingScheme

    var contentType: String { format.contentType(escaping) }

    /// The format with the greatest weight; where none is acceptable, or the header says nothing, the text format that
    /// every Prometheus reads. A format's weight is that of the item that fits it most closely.
    /// https://prometheus.io/docs/instrumenting/content_negotiation/#selection-of-format
    init(accept header: String?) {
        let items = WeightedItem.list(header ?? "")
        var best: (format: ExpositionFormat, fit: Fit)?
        for format in ExpositionFormat.allCases {
            guard let fit = Self.fit(of: items, to: format), fit.weight > 0 else { continue }
            if let last = best, !Fit.better(fit, last.fit) { continue }
            best = (format, fit)
        }
        format = best?.format ?? .text0
        escaping = best?.fit.item.parameter("escaping").flatMap(EscapingScheme.init) ?? .underscores
    }

    /// The item that fits most closely: the more it says, the closer. Of several that say as much, the greatest weight.
    /// https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1
    private static func fit(of items: [WeightedItem], to format: ExpositionFormat) -> Fit? {
        var closest: Fit?
        for (position, item) in items.enumerated() {
            guard let specificity = specificity(of: item, for: format) else { continue }
            if let closest, (specificity, item.weight) <= (closest.specificity, closest.weight) { continue }
            closest = Fit(weight: item.weight, specificity: specificity, position: position, item: item)
        }
        return closest
    }

    /// From 0 for `*/*`; nil if the item does not include the format.
    private static func specificity(of item: WeightedItem, for format: ExpositionFormat) -> Int? {
        let mediaType = format.mediaType
        switch item.name {
        case "*/*": return 0
        case String(mediaType.prefix { $0 != "/" }) + "/*": return 1
        case mediaType: break
        default: return nil
        }
        let given = format.parameters.filter { item.parameter($0.name) != nil }
        guard given.allSatisfy({ item.parameter($0.name) == $0.value }),
            item.parameter("charset").map({ $0.lowercased() == "utf-8" }) ?? true,
            // Who names protobuf alone may mean another message.
            format != .protobuf || given.count == format.parameters.count
        else { return nil }
        return 2 + given.count
    }
}
