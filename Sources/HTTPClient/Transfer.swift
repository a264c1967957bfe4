import CCurl
import Glibc

/// One exchange, with an easy handle of libcurl's of its own. Belongs to the thread of a `TransferLoop`.
///
/// No handle serves twice: libcurl before 8.1.1 writes to freed memory where the first header of a response is folded and
/// the handle has had another response (https://github.com/curl/curl/issues/11101). Connections and names resolved are kept by
/// the multi handle; TLS sessions are not, which costs a whole handshake where a connection has to be made again.
final class Transfer {
    let easy: UnsafeMutableRawPointer
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private let sockets: OpenSockets
    private let proxies: ProxyVariables
    private var job: TransferQueue.Job?
    private var body = BodyBuffer()
    private var received = ReceivedBytes()
    /// The reason for which the exchange was ended before libcurl would have.
    private var excess: HTTPClientError?

    /// Returns nil without memory. `sockets` is the multi handle's.
    init?(sockets: OpenSockets, proxies: ProxyVariables) {
        guard let easy = curl_easy_init() else {
            errorText.deallocate()
            return nil
        }
        self.easy = easy
        self.sockets = sockets
        self.proxies = proxies
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(easy)
        errorText.deallocate()
    }

    /// The job's id, while there is one.
    var id: Int? { job?.id }

    /// Takes the job on; `end` must follow, also where this throws.
    func prepare(_ job: TransferQueue.Job) throws(HTTPClientError) {
        self.job = job
        guard isPlainHTTPURL(job.request.url) else { throw .invalidURL("not an absolute http or https URL") }
        try setRules()
        try setRequest(job.request)
        try check(ccurl_set_error_buffer(easy, errorText))
        let context = Unmanaged.passUnretained(self).toOpaque()
        try check(ccurl_set_header(easy, receiveHeader, context))
        try check(ccurl_set_write(easy, receiveBody, context))
        try check(sockets.serve(easy))
    }

    /// Tells the task that waits.
    func end(_ outcome: Result<HTTPResponse, HTTPClientError>) {
        job?.continuation.resume(returning: outcome)
        job = nil
        body = BodyBuffer()
    }

    /// Ends the connection it went on, with all that others have on it: after a timeout nobody knows that the peer still
    /// hears anything, and over HTTP/2 libcurl would send the next requests there.
    func shutDownConnection() {
        if let socket { shutdown(socket, Int32(SHUT_RDWR)) }
    }

    /// Ends the connection where a request that is canceled has been left waiting: it may be as dead as after a timeout.
    /// One over which something comes, if for others only, is kept.
    func leaveSilentConnection() {
        if let socket, ccurl_is_silent(socket) { shutDownConnection() }
    }

    /// The error with which to end an exchange in which more has come than a response may have, whatever it was; else nil.
    func excessive() -> HTTPClientError? {
        guard excess == nil, let limit = job?.request.maximumBodySize else { return nil }
        // The bytes before decompression, which may give none of body for ever.
        guard offset(CURLINFO_SIZE_DOWNLOAD_T) <= limit else { return .tooLarge(limit: limit) }
        guard let socket, isAloneOnItsConnection else { return nil }
        return received.excess(onWire: ccurl_received(socket), ofBody: limit)
    }

    /// What libcurl's verdict on a finished exchange means.
    func outcome(_ code: CURLcode) -> Result<HTTPResponse, HTTPClientError> {
        code == CURLE_OK ? .success(response()) : .failure(failure(code))
    }

    /// Returns how much of the bytes it took: fewer end the exchange.
    fileprivate func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let limit = job?.request.maximumBodySize, body.count + bytes.count <= limit else {
            excess = .tooLarge(limit: job?.request.maximumBodySize ?? 0)
            return 0
        }
        guard body.take(bytes, expecting: body.count == 0 ? min(announcedLength, limit) : 0) else {
            excess = .excessive("this body and others at the same time are too large together")
            return 0
        }
        return bytes.count
    }

    /// Takes a line of a head or a trailer; false ends the exchange.
    fileprivate func takeHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        excess = received.excess(afterHeader: line)
        return excess == nil
    }

    /// What `Content-Length` says, which is less than what comes where that is compressed; 0 where it says nothing.
    private var announcedLength: Int { max(0, Int(offset(CURLINFO_CONTENT_LENGTH_DOWNLOAD_T))) }

    /// The socket of the connection that it is on, or was on last; nil where that has been closed.
    private var socket: Int32? {
        guard let peer = ccurl_get_text(easy, CURLINFO_PRIMARY_IP) else { return nil }
        return sockets.descriptor(
            localPort: long(CURLINFO_LOCAL_PORT), peer: peer, peerPort: long(CURLINFO_PRIMARY_PORT))
    }

    /// True with HTTP/1, once the response has begun.
    private var isAloneOnItsConnection: Bool {
        ccurl_is_http1(long(CURLINFO_HTTP_VERSION))
    }

    private func long(_ info: CURLINFO) -> Int {
        var value = 0
        ccurl_get_long(easy, info, &value)
        return value
    }

    private func offset(_ info: CURLINFO) -> curl_off_t {
        var value: curl_off_t = 0
        ccurl_get_offset(easy, info, &value)
        return value
    }

    /// What holds for every request.
    private func setRules() throws(HTTPClientError) {
        // Signals would hit the whole process: https://curl.se/libcurl/c/CURLOPT_NOSIGNAL.html
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_UNRESTRICTED_AUTH, 0)
        try check(ccurl_set_versions(easy))
        try set(CURLOPT_ACCEPT_ENCODING, "gzip")
        // A page of 1,000 operations comes in 6 reads and not in 23.
        try set(CURLOPT_BUFFERSIZE, 65_536)
        // A canceled exchange does not wait for a name to be resolved, which would hold up all others.
        try set(CURLOPT_QUICK_EXIT, 1)
        try check(ccurl_set_basic_authentication(easy))
        // As programs of OpenSSL's and of Go's do; libcurl itself asks no environment for this.
        if let trusted = getenv("SSL_CERT_FILE"), trusted.pointee != 0 {
            try check(ccurl_set_text(easy, CURLOPT_CAINFO, trusted))
        }
        // A connection whose peer is gone without a word is closed after two minutes, also where nothing is sent.
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try set(CURLOPT_TCP_KEEPIDLE, 30)
        try set(CURLOPT_TCP_KEEPINTVL, 10)
    }

    private func setRequest(_ request: HTTPRequest) throws(HTTPClientError) {
        try set(CURLOPT_URL, request.url)
        try set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request.connectTimeout))
        try set(CURLOPT_TIMEOUT_MS, milliseconds(request.timeout))
        // Sees the announced length; `receive` counts what is really there after decompression.
        try check(ccurl_set_offset(easy, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(request.maximumBodySize)))
        if request.isToThisMachine {
            try set(CURLOPT_NOPROXY, "*")
            try set(CURLOPT_SSL_VERIFYPEER, 0)
            try set(CURLOPT_SSL_VERIFYHOST, 0)
        } else {
            try setProxy(proxies.proxy(for: request.url))
        }
        if let userAgent = request.userAgent { try set(CURLOPT_USERAGENT, userAgent) }
        // Not CURLOPT_USERPWD, which would end the name at its first colon.
        if let userName = request.userName { try set(CURLOPT_USERNAME, userName) }
        if let password = request.password { try set(CURLOPT_PASSWORD, password) }
    }

    /// libcurl must not look for a proxy itself: it would repeat parts of a password in errors.
    private func setProxy(_ proxy: ProxyAddress?) throws(HTTPClientError) {
        try set(CURLOPT_PROXY, proxy?.url ?? "")
        if let userName = proxy?.userName { try check(ccurl_set_text(easy, CURLOPT_PROXYUSERNAME, userName)) }
        if let password = proxy?.password { try check(ccurl_set_text(easy, CURLOPT_PROXYPASSWORD, password)) }
    }

    private func response() -> HTTPResponse {
        let date = header("Date").flatMap(secondsSince1970)
        return HTTPResponse(
            status: long(CURLINFO_RESPONSE_CODE), body: HTTPBody(takeBody()), date: date,
            retryAfter: header("Retry-After").flatMap { retryAfter($0, date: date) })
    }

    private func takeBody() -> BodyBuffer {
        defer { body = BodyBuffer() }
        return body
    }

    private func header(_ name: String) -> String? {
        ccurl_header(easy, name).map { String(cString: $0) }
    }

    private func failure(_ code: CURLcode) -> HTTPClientError {
        if let excess { return excess }
        if code == CURLE_FILESIZE_EXCEEDED { return .tooLarge(limit: job?.request.maximumBodySize ?? 0) }
        let text = errorText.pointee == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: errorText)
        return switch code {
        case CURLE_OPERATION_TIMEDOUT: .timeout(withoutMeasurements(text))
        case _ where isForSize(code, text): .excessive("a line of the headers or trailers is too long")
        case CURLE_URL_MALFORMAT: .invalidURL(withoutMeasurements(text))
        default: .network(withoutMeasurements(text))
        }
    }

    private func set(_ option: CURLoption, _ value: Int) throws(HTTPClientError) {
        try check(ccurl_set_long(easy, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) throws(HTTPClientError) {
        try check(ccurl_set_text(easy, option, value))
    }

    /// An option libcurl does not take must not be left out in silence: several are there for safety.
    private func check(_ code: CURLcode) throws(HTTPClientError) {
        if code != CURLE_OK {
            throw .network("libcurl refused an option: \(String(cString: curl_easy_strerror(code)))")
        }
    }
}

/// The callback for received bytes; `context` is the transfer, which outlives its handle's exchange.
private func receiveBody(
    bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.receive(UnsafeRawBufferPointer(start: bytes, count: size * count))
}

/// The callback for lines of heads and trailers; `context` as for bytes of the body.
private func receiveHeader(
    bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let context else { return 0 }
    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
    let isTaken = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().takeHeader(line)
    return isTaken ? size * count : 0
}

/// libcurl reads lines of some hundred kilobytes at most, and calls a longer one a lack of memory or, from 8.6 on, too large.
private func isForSize(_ code: CURLcode, _ text: String) -> Bool {
    code == CURLE_OUT_OF_MEMORY || code.rawValue == 100
        || ["Out of memory", "Too large"].contains { text.hasPrefix($0) }
}

/// libcurl's text without the times, sizes and stream numbers in it, which differ each time the same fault is met: who
/// reads the text tells by it whether a fault is new.
func withoutMeasurements(_ text: String) -> String {
    text.replacing(/\ after \d+ (ms|milliseconds)/, with: "")
        .replacing(/\ with (\d+ out of )?\d+ bytes received/, with: "")
        .replacing(/\d+ bytes/, with: "bytes")
        .replacing(/stream \d+/, with: "stream")
        // No URL has a user name or password of ours; others are not shown either.
        .replacing(/:\/\/[^\s\/]*@/, with: "://<hidden>@")
}

/// A C string ends at its first NUL, so what libcurl would read is not always what was checked: visible ASCII only.
private func isPlainHTTPURL(_ url: String) -> Bool {
    let scheme = url.prefix { $0 != ":" }.lowercased()
    return (scheme == "http" || scheme == "https") && url.dropFirst(scheme.count).hasPrefix("://")
        && url.utf8.allSatisfy { 0x21...0x7E ~= $0 }
}

/// At least 1: to libcurl a timeout of 0 is none at all.
private func milliseconds(_ duration: Duration) -> Int {
    Int(max(1, min(duration / .milliseconds(1), 86_400_000)))
}
