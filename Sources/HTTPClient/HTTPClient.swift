import CCurl
import Glibc
internal import Locking

/// Sends requests through libcurl's multi interface on one thread of its own; connections are kept and reused.
///
/// Always: TLS 1.2 or later with certificates verified, HTTP/2 where the server speaks it, gzip accepted, redirects not
/// followed, and what the environment names: a proxy (`https_proxy`, `no_proxy`), a file of certificates to trust
/// (`SSL_CERT_FILE`). Only a request that is to this machine passes by proxies and trusts any certificate. A connection on
/// which a request was not answered in time, or until it was canceled, serves no other. Safe to use from any task;
/// several requests may be in flight at once.
package final class HTTPClient: Sendable {
    private let queue: TransferQueue
    /// Nil once it is joined.
    private let thread: Locked<pthread_t?>

    /// Starts the thread; throws `network` where the system refuses one.
    package init() throws(HTTPClientError) {
        let proxies = ProxyVariables { getenv($0).map { String(cString: $0) } }
        guard libcurlStatus == CURLE_OK, let queue = TransferQueue(proxies: proxies) else {
            throw .network("libcurl does not start")
        }
        self.queue = queue
        thread = Locked(try startThread(queue))
    }

    deinit {
        shutDown()
    }

    /// Returns the response whatever its status.
    ///
    /// Canceling the task ends the exchange within milliseconds and throws `canceled`; a task that is canceled beforehand
    /// sends nothing.
    package func send(_ request: HTTPRequest) async throws(HTTPClientError) -> HTTPResponse {
        guard !Task.isCancelled else { throw .canceled }
        let id = queue.makeID()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                queue.add(TransferQueue.Job(id: id, request: request, continuation: continuation))
                // A task that was canceled since called `onCancel` when there was no job to cancel.
                if Task.isCancelled { queue.cancel(id) }
            }
        } onCancel: {
            queue.cancel(id)
        }
        return try result.get()
    }

    /// Ends what is in flight with `canceled`, and the thread; further requests throw `canceled`.
    ///
    /// Returns when the thread is gone, so that a process may exit without libcurl being at work. That holds for the
    /// first call: any other returns at once, though the first may still be waiting.
    package func shutDown() {
        queue.close()
        let running = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        if let running { pthread_join(running, nil) }
    }
}

/// libcurl wants to be initialised once in a process, before anything else of it is used; Swift sees to that here.
private let libcurlStatus = ccurl_global_init()

private func startThread(_ queue: TransferQueue) throws(HTTPClientError) -> pthread_t {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(queue)
    let code = pthread_create(&thread, nil, runTransfers, context.toOpaque())
    guard code == 0 else {
        context.release()
        throw .network("no thread for HTTP requests: \(String(cString: strerror(code)))")
    }
    return thread
}

/// The thread; `context` is its queue, retained.
private func runTransfers(context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    TransferLoop(queue: Unmanaged<TransferQueue>.fromOpaque(context).takeRetainedValue()).run()
    return nil
}
