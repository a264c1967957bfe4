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
    private var job: TransferQueue.Job?
    private var body: [UInt8] = []
    private var isTooLarge = false

    /// Returns nil without memory.
    init?() {
        guard let easy = curl_easy_init() else {
            errorText.deallocate()
            return nil
        }
        self.easy = easy
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
        try check(ccurl_set_write(easy, receiveBody, Unmanaged.passUnretained(self).toOpaque()))
    }

    /// Tells the task that waits.
    func end(_ outcome: Result<HTTPResponse, HTTPClientError>) {
        job?.continuation.resume(returning: outcome)
        job = nil
        body = []
    }

    /// What libcurl's verdict on a finished exchange means.
    func outcome(_ code: CURLcode) -> Result<HTTPResponse, HTTPClientError> {
        code == CURLE_OK ? .success(response()) : .failure(failure(code))
    }

    /// Returns how much of the bytes it took: fewer end the exchange.
    fileprivate func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let limit = job?.request.maximumBodySize, body.count + bytes.count <= limit else {
            isTooLarge = true
            return 0
        }
        makeRoom(for: bytes.count, limit: limit)
        body.append(contentsOf: bytes)
        return bytes.count
    }

    /// Room grows twofold as it does of itself, but not beyond what may come.
    private func makeRoom(for count: Int, limit: Int) {
        let needed = body.count + count + HTTPBody.padding
        guard needed > body.capacity else { return }
        let wanted = body.isEmpty ? announcedLength : 2 * body.capacity
        body.reserveCapacity(max(needed, min(wanted, limit) + HTTPBody.padding))
    }

    /// What `Content-Length` says, which is less than what comes where that is compressed; 0 where it says nothing.
    private var announcedLength: Int {
        var length: curl_off_t = 0
        ccurl_get_offset(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length)
        return max(0, Int(length))
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
        if let trusted = getenv("SSL_CERT_FILE") { try set(CURLOPT_CAINFO, String(cString: trusted)) }
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
        }
        if let userAgent = request.userAgent { try set(CURLOPT_USERAGENT, userAgent) }
        // Not CURLOPT_USERPWD, which would end the name at its first colon.
        if let userName = request.userName { try set(CURLOPT_USERNAME, userName) }
        if let password = request.password { try set(CURLOPT_PASSWORD, password) }
    }

    private func response() -> HTTPResponse {
        var status = 0
        ccurl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        let date = header("Date").flatMap(secondsSince1970)
        return HTTPResponse(
            status: status, body: HTTPBody(takeBody()), date: date,
            retryAfter: header("Retry-After").flatMap { retryAfter($0, date: date) })
    }

    private func takeBody() -> [UInt8] {
        defer { body = [] }
        return body
    }

    private func header(_ name: String) -> String? {
        ccurl_header(easy, name).map { String(cString: $0) }
    }

    private func failure(_ code: CURLcode) -> HTTPClientError {
        if isTooLarge || code == CURLE_FILESIZE_EXCEEDED { return .tooLarge(limit: job?.request.maximumBodySize ?? 0) }
        let text = errorText.pointee == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: errorText)
        return switch code {
        case CURLE_OPERATION_TIMEDOUT: .timeout(withoutMeasurements(text))
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

/// libcurl's text without the times, sizes and stream numbers in it, which differ each time the same fault is met: who
/// reads the text tells by it whether a fault is new.
func withoutMeasurements(_ text: String) -> String {
    text.replacing(/\ after \d+ (ms|milliseconds)/, with: "")
        .replacing(/\ with (\d+ out of )?\d+ bytes received/, with: "")
        .replacing(/\d+ bytes/, with: "bytes")
        .replacing(/stream \d+/, with: "stream")
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
