/// One request as a handler sees it. Copied out of the connection, so it may be kept.
package struct ServerRequest: Sendable {
    package let method: String
    /// Percent-decoded, without the query.
    package let path: String
    /// In the order they came, percent-decoded; a name without `=` has the value "".
    package let queryItems: [(name: String, value: String)]
    package let headers: RequestHeaders
    package let client: ClientAddress
    /// Why the client's certificate, or its absence, does not do for the settings its connection was made under, as a
    /// sentence to tell it; nil if it does, or if there is no TLS.
    package let clientFault: String?

    package init(
        method: String, path: String, queryItems: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], client: ClientAddress = .other, clientFault: String? = nil
    ) {
        self.init(
            method: method, path: path, queryItems: queryItems, headers: RequestHeaders(headers), client: client,
            clientFault: clientFault)
    }

    package init(
        method: String, path: String, queryItems: [(name: String, value: String)], headers: RequestHeaders,
        client: ClientAddress = .other, clientFault: String? = nil
    ) {
        self.method = method
        self.path = path
        self.queryItems = queryItems
        self.headers = headers
        self.client = client
        self.clientFault = clientFault
    }

    /// The value of the first query item of that name.
    package func query(_ name: String) -> String? {
        queryItems.first { $0.name == name }?.value
    }

    /// The value of a header; see `RequestHeaders`.
    package func header(_ name: String) -> String? { headers[name] }
}
