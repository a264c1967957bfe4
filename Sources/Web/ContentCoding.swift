internal import HTTPServer

/// How a body is sent.
enum ContentCoding: Sendable {
    case identity, gzip

    /// The coding to answer a request with: gzip where the client accepts it and does not prefer its absence. A client
    /// that refuses both gets what every client can read.
    /// https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3
    init(acceptEncoding header: String?) {
        let items = WeightedItem.list(header ?? "")
        let any = items.first { $0.name == "*" }
        let gzip = items.first { $0.name == "gzip" || $0.name == "x-gzip" } ?? any
        let identity = items.first { $0.name == "identity" }?.weight ?? 0
        self = gzip.map { $0.weight > 0 && $0.weight >= identity } == true ? .gzip : .identity
    }
}
