internal import Synchronization

/// One connection: whose it is, what it started with, and what it is at. libmicrohttpd keeps it to the connection's end.
final class Connection: @unchecked Sendable {
    // Proof for @unchecked: the constants are Sendable, `word` is atomic, and the other variables are touched only by the
    // thread that serves the connection, of which there is one at a time.
    let socket: Int32
    let client: ClientAddress
    /// What it started with; nil without TLS.
    let tls: TLSContext?
    private let word: Atomic<Standing>
    /// The last one, to be answered or, if it is small, answered already; made anew where the next one differs. With its
    /// login, which clients repeat.
    private(set) var request: ServerRequest
    /// Why that is refused before its body is read; nil if it is not.
    private(set) var refusal: ServerResponse?
    var exchange = Exchange()

    init(_ socket: Int32, from client: ClientAddress, tls: TLSContext?) {
        self.socket = socket
        self.client = client
        self.tls = tls
        request = ServerRequest(RequestHead(), client: client)
        word = Atomic(Standing(.new, since: .now))
    }

    /// A request has come that differs from the last one.
    func take(_ head: RequestHead, bodyLimit: Int) {
        request = ServerRequest(head, client: client)
        refusal = RequestFraming(head).refusal(bodyLimit: bodyLimit)
    }

    /// Whether the client's certificate does is judged anew for each request: the time passes.
    func judgeClient(in session: OpaquePointer?) {
        let fault = session.flatMap { tls?.clientFault(of: $0) }
        if fault != request.clientFault {
            request = ServerRequest(request.head, client: client, clientFault: fault)
        }
    }

    /// The exchange is over. Of its request stays what is small, for the next one to be compared with.
    func forgetExchange() {
        exchange = Exchange()
        guard !request.head.isSmall else { return }
        request = ServerRequest(RequestHead(), client: client)
        refusal = nil
    }

    var standing: Standing { word.load(ordering: .sequentiallyConsistent) }

    /// What is being closed stays so, whatever libmicrohttpd still has to say of it.
    func begin(_ next: Standing) {
        var last = standing
        while last.activity != .closing, !begin(next, after: last) { last = standing }
    }

    /// False, and without effect, where it is at something else by now.
    func begin(_ next: Standing, after last: Standing) -> Bool {
        word.compareExchange(expected: last, desired: next, ordering: .sequentiallyConsistent).exchanged
    }
}

/// One request and its response, from the first callback to the completion.
struct Exchange {
    var bodySize = 0
    /// What the connection waits, or has waited, for.
    var pending: PendingAnswer?
}

extension Connection: Hashable {
    static func == (one: Connection, other: Connection) -> Bool { one === other }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
