import CCurl
internal import Locking

/// What tasks hand to the thread that runs libcurl, and the handle by which they wake it.
final class TransferQueue: Sendable {
    /// A request, and whom to tell how it went.
    struct Job {
        let id: Int
        let request: HTTPRequest
        let continuation: CheckedContinuation<Result<HTTPResponse, HTTPClientError>, Never>
    }

    struct Work {
        var starting: [Job] = []
        var canceled: [Int] = []
        var isClosed = false
    }

    /// Proof of safety: the thread alone uses the handle, but for `curl_multi_wakeup`, which may be called from any
    /// thread; it is freed when neither the thread nor the client holds the queue any longer.
    /// Source: https://curl.se/libcurl/c/curl_multi_wakeup.html
    nonisolated(unsafe) let multi: UnsafeMutableRawPointer
    /// The sockets of the multi handle. Proof of safety: as for the handle.
    nonisolated(unsafe) let sockets = OpenSockets()
    let proxies: ProxyVariables
    private let work = Locked(Work())
    private let lastID = Locked(0)

    /// Returns nil without memory.
    init?(proxies: ProxyVariables) {
        guard let multi = curl_multi_init() else { return nil }
        self.proxies = proxies
        self.multi = multi
    }

    deinit {
        curl_multi_cleanup(multi)
    }

    func makeID() -> Int {
        lastID.withLock {
            $0 += 1
            return $0
        }
    }

    /// A closed queue cancels the job at once.
    func add(_ job: Job) {
        let isClosed = work.withLock {
            if !$0.isClosed { $0.starting.append(job) }
            return $0.isClosed
        }
        if isClosed { job.continuation.resume(returning: .failure(.canceled)) }
        curl_multi_wakeup(multi)
    }

    /// Has no effect on a job that was not added before, or is done.
    func cancel(_ id: Int) {
        work.withLock { $0.canceled.append(id) }
        curl_multi_wakeup(multi)
    }

    func close() {
        work.withLock { $0.isClosed = true }
        curl_multi_wakeup(multi)
    }

    /// Hands over what has come since the last call.
    func take() -> Work {
        work.withLock {
            let taken = $0
            $0 = Work(isClosed: taken.isClosed)
            return taken
        }
    }
}
