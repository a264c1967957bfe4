internal import Synchronization

/// One request as a handler sees it. Copied out of the connection, so it may be kept.
///
/// Those of a connection that say the same are one object, as long as they follow each other and are small.
package final class ServerRequest: Sendable {
    package let head: RequestHead
    package let method: String
    /// Percent-decoded, without the query.
    package let path: String
    /// In the order they came, percent-decoded; a name without `=` has the value "".
    package let queryItems: [(name: String, value: String)]
    package let client: ClientAddress
    /// Why the client's certificate, or its absence, does not do for the settings its connection was made under, as a
    /// sentence to tell it; nil if it does, or if there is no TLS.
    package let clientFault: String?
    /// Retained; an AtomicLazyReference takes 500 instructions to look at.
    private let conclusion = Atomic<Unmanaged<any AnyObject & Sendable>?>(nil)

    package convenience init(
        method: String, path: String, queryItems: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], client: ClientAddress = .other, clientFault: String? = nil
    ) {
        self.init(
            RequestHead(method: method, path: path, queryItems: queryItems, headers: headers), client: client,
            clientFault: clientFault)
    }

    /// With replacement characters for what is not UTF-8.
    init(_ head: RequestHead, client: ClientAddress, clientFault: String? = nil) {
        self.head = head
        method = head.text(.method)
        path = Self.originForm(head.text(.path))
        queryItems = head.queryItems
        self.client = client
        self.clientFault = clientFault
    }

    deinit {
        conclusion.load(ordering: .acquiring)?.release()
    }

    /// What follows from this request alone, as `conclude` finds it the first time; a request has one conclusion. So whoever
    /// says the same again and again, as scrapers do, is understood once.
    package func concluded<Conclusion: AnyObject & Sendable>(_ conclude: (ServerRequest) -> Conclusion) -> Conclusion {
        if let kept = conclusion.load(ordering: .acquiring)?.takeUnretainedValue() as? Conclusion { return kept }
        let found = conclude(self)
        let kept = Unmanaged<any AnyObject & Sendable>.passRetained(found)
        let (isFirst, _) = conclusion.compareExchange(
            expected: nil, desired: kept, ordering: .acquiringAndReleasing)
        if !isFirst { kept.release() }
        return found
    }

    /// The value of the first query item of that name.
    package func query(_ name: String) -> String? {
        queryItems.first { $0.name == name }?.value
    }

    /// The value of a header; see `RequestHead`.
    package func header(_ name: String) -> String? { head[name] }

    /// The path of a target that names the server, too, as clients may write it that take a server for a proxy
    /// (https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2); any other target as it is. Percent-encoding is undone already.
    private static func originForm(_ target: String) -> String {
        guard target.utf8.first != UInt8(ascii: "/") else { return target }
        let beginning = target.prefix(8).lowercased()
        guard let scheme = ["http://", "https://"].first(where: beginning.hasPrefix) else { return target }
        let rest = target.dropFirst(scheme.count)
        return rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? "/"
    }
}

extension RequestHead {
    fileprivate var queryItems: [(name: String, value: String)] {
        var items: [(name: String, value: String)] = []
        forEach(.queryItem) {
            items.append((String(decoding: $0, as: UTF8.self), String(decoding: $1, as: UTF8.self)))
        }
        return items
    }
}
