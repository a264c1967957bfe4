internal import Synchronization

/// What a connection is at, and since when: one word, so that whoever serves the connection takes no lock to change it.
struct Standing: RawRepresentable, AtomicRepresentable {
    enum Activity: UInt64 {
        /// Its first request has to come, or the rest of it.
        case new
        /// Another request has to come, or its rest.
        case idle
        case handler
        /// The handler has put its answer off.
        case pending
        /// The client has to take its response.
        case answer
        /// Shut down: libmicrohttpd sees the end of the stream, and closes it in a moment.
        case closing
    }

    let rawValue: UInt64

    /// `isCounted` says whether the request is one of those that `ServerLimits.requests` counts.
    init(_ activity: Activity, isCounted: Bool = false, since: Uptime) {
        rawValue = since.rawValue << 4 | (isCounted ? 8 : 0) | activity.rawValue
    }

    init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Whether a request has come whole, or is refused, and its response is not out.
    var isExchange: Bool { [.handler, .pending, .answer].contains(activity) }
    var activity: Activity { Activity(rawValue: rawValue & 7) ?? .closing }
    var isCounted: Bool { rawValue & 8 != 0 }
    var since: Uptime { Uptime(rawValue: rawValue >> 4) }
}
